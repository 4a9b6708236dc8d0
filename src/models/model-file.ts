import { hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { superblockAt } from './hdf5/file.ts'
import { MODEL_FILE_BYTES_MAX } from './limits.ts'
import { refuse } from './refuse.ts'
import { endsAsZip } from './zip-directory.ts'

/** What kind of model a file holds. */
export type ModelFormat = 'keras-h5' | 'keras' | 'onnx'

/** A model file in memory. */
export interface ModelFile {
  readonly format: ModelFormat
  readonly bytes: Uint8Array
  /** Of the file, in hexadecimal. */
  readonly sha256: string
}

/** Reads the model file at `path`; what it is is told by its content, not by its name. */
export async function readModelFile(path: string): Promise<ModelFile> {
  return asModelFile(await readBounded(path))
}

/** The model file that `bytes` are. */
export function asModelFile(bytes: Uint8Array): ModelFile {
  return { format: formatOf(bytes), bytes, sha256: hash('sha256', bytes, 'hex') }
}

async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw refuse(
      error.code === 'ENOENT' ? 'there is no such file' : `file cannot be read (${error.code})`,
    )
  })
  try {
    const stats = await file.stat()
    if (stats.isDirectory()) {
      throw refuse('it is a folder, perhaps a SavedModel (expected a .keras, .h5 or .onnx file)')
    }
    // A pipe or device has no end that could be known.
    if (!stats.isFile()) throw refuse('it is no regular file')
    if (stats.size > MODEL_FILE_BYTES_MAX) {
      throw refuse(`file has ${stats.size} bytes (at most ${MODEL_FILE_BYTES_MAX})`)
    }
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** `PK\x03\x04`; an ONNX model starts with its first field, the version of its format. */
const ZIP_SIGNATURE = 0x504b0304
const ONNX_FIRST_BYTE = 0x08
/** `TFL3`, after the root offset of a FlatBuffer. */
const TFLITE_IDENTIFIER = 0x54464c33

function formatOf(bytes: Uint8Array): ModelFormat {
  if (superblockAt(bytes) !== undefined) return 'keras-h5'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length >= 4 && view.getUint32(0) === ZIP_SIGNATURE) return 'keras'
  if (bytes[0] === ONNX_FIRST_BYTE) return 'onnx'
  if (bytes.length >= 8 && view.getUint32(4) === TFLITE_IDENTIFIER) {
    throw refuse(
      'it is a TensorFlow Lite model (bring the Keras model or SavedModel it is made of)',
    )
  }
  if (endsAsZip(bytes)) return 'keras'
  throw refuse('file is no model (expected .keras, .h5 or .onnx)')
}
