import { FoglineError, isFoglineError, messageOf } from '../std/errors.ts'
import { MESSAGE_LENGTH_MAX } from './limits.ts'

/** The reason why a model file is not loaded, as an error: `layer "x" is a Lambda, which …`. */
export function refuse(reason: string): FoglineError {
  return new FoglineError(reason, { code: 'ERR_MODEL' })
}

/** `Cannot load model "x.h5": reason`, on one line and of bounded length, whatever the file held. */
export function cannotLoad(path: string, error: unknown): FoglineError {
  return cannot('load', path, error)
}

/** `Cannot split model "x.h5": reason`, as `cannotLoad`. */
export function cannotSplit(path: string, error: unknown): FoglineError {
  return cannot('split', path, error)
}

function cannot(verb: 'load' | 'split', path: string, error: unknown): FoglineError {
  const reason = isFoglineError(error) ? messageOf(error) : `file is corrupt: ${messageOf(error)}`
  const message = `Cannot ${verb} model "${path}": ${oneLine(reason)}`
  return new FoglineError(message, { code: 'ERR_MODEL' })
}

/** Text from a file, for a message: quoted, cut to a readable length. */
export function quote(text: string): string {
  return JSON.stringify(
    text.length > QUOTE_LENGTH_MAX ? `${text.slice(0, QUOTE_LENGTH_MAX)}…` : text,
  )
}

/** A name is readable up to here; Keras' own stay below 40. */
const QUOTE_LENGTH_MAX = 80

function oneLine(text: string): string {
  const plain = text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return plain.length > MESSAGE_LENGTH_MAX ? `${plain.slice(0, MESSAGE_LENGTH_MAX)}…` : plain
}
