import { openHdf5 } from '../hdf5/file.ts'
import { CONFIG_BYTES_MAX, MODEL_FILE_BYTES_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import { openZip } from '../zip.ts'
import { asText, own, parseObject } from './json.ts'
import { type KerasModel, readModelConfig } from './model-config.ts'
import { readLegacyWeights, readStoredWeights, type Weights } from './weights.ts'

/** What a Keras file holds. */
export interface KerasFile {
  /** Of the Keras that wrote it: `3.15.1`. */
  readonly kerasVersion: string
  readonly kerasMajor: number
  readonly model: KerasModel
  readonly weights: Weights
}

/** A whole model in HDF5, as `model.save('x.h5')` of Keras 2 and 3 writes it. */
export function readKerasHdf5(bytes: Uint8Array): KerasFile {
  const root = openHdf5(bytes)
  const config = root.texts('model_config')?.[0]
  const group = root.get('model_weights')
  if (config === undefined || !group) {
    throw refuse(
      'file holds no whole model, perhaps weights only (expected what model.save writes)',
    )
  }
  const version = root.texts('keras_version')?.[0] ?? group.texts('keras_version')?.[0]
  const kerasMajor = majorOf(version ?? '1')
  const model = readModelConfig(parseObject(config, 'model_config'), kerasMajor)
  const weights = readLegacyWeights(group, model)
  return { kerasVersion: version ?? '1', kerasMajor, model, weights }
}

/** A `.keras` archive, as Keras 3 and 2.12 to 2.15 write it. */
export function readKerasArchive(bytes: Uint8Array): KerasFile {
  const zip = openZip(bytes)
  const metadata = parseObject(text(zip.read('metadata.json', CONFIG_BYTES_MAX)), 'metadata.json')
  const kerasVersion = asText(own(metadata, 'keras_version'), 'keras_version')
  const kerasMajor = majorOf(kerasVersion)
  const config = parseObject(text(zip.read('config.json', CONFIG_BYTES_MAX)), 'config.json')
  const model = readModelConfig(config, kerasMajor)
  const root = openHdf5(zip.read('model.weights.h5', MODEL_FILE_BYTES_MAX), bytes.byteLength)
  return { kerasVersion, kerasMajor, model, weights: readStoredWeights(root, model) }
}

function majorOf(version: string): number {
  const major = Number(/^(\d+)\.\d/.exec(version)?.[1])
  if (major !== 2 && major !== 3) {
    throw refuse(`file was written by Keras ${quote(version)} (expected Keras 2 or 3)`)
  }
  return major
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes)
}
