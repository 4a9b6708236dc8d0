import { hash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { superblockAt } from './hdf5/file.ts'
import { MODEL_FILE_BYTES_MAX } from './limits.ts'
import { digestOf, type ModelFolder, readModelFolder, zippedFolder } from './model-folder.ts'
import { refuse } from './refuse.ts'
import { openZip } from './zip.ts'
import { endsAsZip } from './zip-directory.ts'

/** What kind of model a file holds. */
export type ModelFormat = 'keras-h5' | 'keras' | 'onnx' | 'savedmodel'

/** A model in memory: one file, or the files of a SavedModel. */
export type ModelFile = {
  /** Of the file, or of the names and contents of a folder; in hexadecimal. */
  readonly sha256: string
  readonly sizeBytes: number
} & ModelContent

type ModelContent =
  | { readonly format: Exclude<ModelFormat, 'savedmodel'>; readonly bytes: Uint8Array }
  | { readonly format: 'savedmodel'; readonly folder: ModelFolder }

/** Reads the model at `path`; what it is is told by its content, not by its name. */
export async function readModelFile(path: string): Promise<ModelFile> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() ? readFolder(path) : asModelFile(await readBounded(path))
}

/** The model file that `bytes` are; `sha256` is theirs, where it is known. */
export function asModelFile(bytes: Uint8Array, sha256: string = digest(bytes)): ModelFile {
  return { ...contentOf(bytes), sha256, sizeBytes: bytes.byteLength }
}

function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

async function readFolder(path: string): Promise<ModelFile> {
  const folder = await readModelFolder(path)
  const sizeBytes = folder.names.reduce((sum, name) => sum + folder.read(name).length, 0)
  return { format: 'savedmodel', folder, sha256: digestOf(folder), sizeBytes }
}

async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw refuse(
      error.code === 'ENOENT' ? 'there is no such file' : `file cannot be read (${error.code})`,
    )
  })
  try {
    const stats = await file.stat()
    // A pipe or device has no end that could be known.
    if (!stats.isFile()) throw refuse('it is no regular file')
    if (stats.size > MODEL_FILE_BYTES_MAX) {
      throw refuse(`file has ${stats.size} bytes (at most ${MODEL_FILE_BYTES_MAX})`)
    }
    return await readWhole(file, stats.size)
  } finally {
    await file.close()
  }
}

/** Into memory of the file's size: `readFile` gathers parts, and takes twice as much. */
async function readWhole(file: FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafeSlow(sizeBytes)
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead } = await file.read(whole, at)
    if (bytesRead === 0) return whole.subarray(0, at)
    at += bytesRead
  }
  return whole
}

/** `PK\x03\x04`; an ONNX model starts with its first field, the version of its format. */
const ZIP_SIGNATURE = 0x504b0304
const ONNX_FIRST_BYTE = 0x08
/** `TFL3`, after the root offset of a FlatBuffer. */
const TFLITE_IDENTIFIER = 0x54464c33

const GZIP_SIGNATURE = 0x1f8b
/** Protocols 2 to 5 of Python's pickle, of which older PyTorch files are made. */
const PICKLE_FIRST_BYTE = 0x80
const PICKLE_PROTOCOL_MAX = 5

function contentOf(bytes: Uint8Array): ModelContent {
  if (bytes.length === 0) throw refuse('file is empty')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Before HDF5, which may begin behind other bytes: the weights in a `.keras` file are HDF5, too.
  if (bytes.length >= 4 && view.getUint32(0) === ZIP_SIGNATURE) return archiveOf(bytes)
  if (superblockAt(bytes) !== undefined) return { format: 'keras-h5', bytes }
  if (bytes[0] === ONNX_FIRST_BYTE) return { format: 'onnx', bytes }
  if (bytes.length >= 8 && view.getUint32(4) === TFLITE_IDENTIFIER) {
    throw refuse(
      'it is a TensorFlow Lite model (bring the Keras model or SavedModel it is made of)',
    )
  }
  if (bytes[0] === PICKLE_FIRST_BYTE && (bytes[1] ?? 0) <= PICKLE_PROTOCOL_MAX) throw pickled()
  if (bytes.length >= 2 && view.getUint16(0) === GZIP_SIGNATURE) {
    throw refuse('it is packed by gzip (unpack it; a SavedModel may be a folder or a zip)')
  }
  if (endsAsZip(bytes)) return archiveOf(bytes)
  throw refuse('file is no model (expected .keras, .h5, .onnx or a SavedModel)')
}

function archiveOf(bytes: Uint8Array): ModelContent {
  const zip = openZip(bytes)
  const folder = zippedFolder(zip)
  if (folder) return { format: 'savedmodel', folder }
  if (zip.names.includes('config.json')) return { format: 'keras', bytes }
  if (zip.names.some((name) => /^[^/]+\/data\.pkl$/.test(name))) throw pickled()
  throw refuse(
    'archive holds no model: neither "config.json", as a .keras file, nor "saved_model.pb", as a SavedModel',
  )
}

function pickled(): Error {
  return refuse(
    'it is a pickle, as torch.save writes, which is code (bring it as .onnx: torch.onnx.export(…, external_data=False))',
  )
}
