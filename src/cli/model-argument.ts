import { Argument, type Command, Option } from 'commander'
import { type ModelSource, modelSource } from '../models/sources/model-source.ts'
import type { ReadOptions } from '../models/sources/read-model.ts'
import { readOptions } from './read-options.ts'
import type { Terminal } from './terminal.ts'

/** What may be said of a model on the command line besides where it is. */
export interface ModelOptions {
  readonly sha256?: string
  readonly signature?: string
  readonly allowHttp?: true
  readonly allowPrivate?: true
}

/** Where a model is, and how to get it. */
export interface GivenModel {
  readonly source: ModelSource
  readonly options: ReadOptions
}

/** Gives `command` the argument `<model>` and its options; `files` says of which kinds. */
export function withModel(
  command: Command,
  files = 'a .keras, .h5 or .onnx file, a SavedModel',
): Command {
  return command
    .addArgument(new Argument('<model>', `${files}, https:… or kafka-ml+http://HOST/RESULT`))
    .option('--sha256 <digest>', 'what the file must be; with it, a copy needs no network')
    .option('--allow-http', 'get it without TLS, from an address http:…')
    .option('--allow-private', 'get it from this machine or a private network')
}

/** `--signature`, for commands that take a SavedModel. */
export function signatureOption(): Option {
  return new Option('--signature <name>', 'which function of a SavedModel; else serving_default')
}

/** The model that a command was given. Throws ERR_CONFIG where its address is not allowed. */
export function givenModel(
  model: string,
  { sha256, signature, allowHttp, allowPrivate }: ModelOptions,
  terminal: Terminal,
): GivenModel {
  return {
    source: modelSource(model, {
      folder: terminal.cwd,
      sha256,
      signature,
      ...(allowHttp && { allowHttp }),
      ...(allowPrivate && { allowPrivate }),
    }),
    options: readOptions(terminal),
  }
}
