import { readdirSync, readFileSync } from 'node:fs'
import { describe } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { type Hdf5Entry, openHdf5 } from '../src/models/hdf5/file.ts'
import { asModelFile } from '../src/models/model-file.ts'
import { readOnnx } from '../src/models/onnx/summary.ts'
import { prepareModel } from '../src/models/prepare.ts'
import { openZip } from '../src/models/zip.ts'
import { itSurvives } from './fixtures/fuzz/survives.ts'

const MODELS = new URL('./fixtures/models/', import.meta.url)
const REWRITTEN = new URL('./fixtures/rewritten/', import.meta.url)

const rewritten = readdirSync(REWRITTEN).map((name) => ({
  name,
  bytes: gunzipSync(readFileSync(new URL(name, REWRITTEN))),
}))
const good = (name: string): Buffer => readFileSync(new URL(name, MODELS))

/** How far a file is read before ONNX Runtime. */
function prepare(bytes: Uint8Array): void {
  prepareModel(asModelFile(bytes)).onnx()
}

const ENTRY_BYTES_MAX = 16 * 1024 ** 2

describe('the reader of HDF5', () => {
  itSurvives('Keras file', {
    seeds: [
      good('frozen.keras2.h5'),
      ...rewritten
        .filter(({ name }) => /\.h5\.gz$/.test(name) && !isSample(name))
        .map(({ bytes }) => bytes),
    ],
    rounds: 40,
    open: prepare,
  })

  itSurvives('file of many chunks and members', {
    seeds: rewritten.filter(({ name }) => isSample(name)).map(({ bytes }) => bytes),
    rounds: 120,
    open: (bytes) => {
      const root = openHdf5(bytes)
      for (const name of DATASETS) root.get(name)?.tensor()
      const many = root.get('many')
      if (many) readMany(many)
    },
  })
})

const DATASETS =
  'fixed_array extensible_array tree tree_gzip tree_1 wide flags half double long'.split(' ')

function isSample(name: string): boolean {
  return /^(indexes|numbers)\./.test(name)
}

function readMany(many: Hdf5Entry): void {
  many.get('member_7')?.tensor()
  many.texts('attribute_7')
  many.texts('long')
  many.texts('names')
}

describe('the reader of zip archives', () => {
  itSurvives('archive', {
    seeds: rewritten.filter(({ name }) => name.endsWith('.keras.gz')).map(({ bytes }) => bytes),
    rounds: 150,
    open: (bytes) => {
      const zip = openZip(bytes)
      for (const name of zip.names) zip.read(name, ENTRY_BYTES_MAX)
    },
  })

  itSurvives('.keras file', {
    seeds: [good('sequential.keras3.keras')],
    rounds: 200,
    open: prepare,
  })
})

describe('the reader of protobuf', () => {
  const onnx = ['dense.keras3.keras', 'early_exit.keras3.h5'].map((name) =>
    prepareModel(asModelFile(good(name))).onnx(),
  )
  itSurvives('ONNX file', { seeds: onnx, rounds: 1500, open: readOnnx })
})
