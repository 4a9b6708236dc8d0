import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { loadSection } from '../src/models/load.ts'
import { openZip } from '../src/models/zip.ts'
import { writeArchive } from './fixtures/hostile/archive.ts'

/** What tests/fixtures/hostile/refuse.main.ts tells of a file. */
interface Refusal {
  readonly name: string
  readonly inspected: string
  readonly loaded: string
  readonly cpuMs: number
  readonly memoryMB: number
}

const GOOD = new URL('./fixtures/models/dense.keras3.keras', import.meta.url)
/** What tools/hostile.py writes. */
const HOSTILE = new URL('./fixtures/hostile/', import.meta.url)
const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-corpus-'))
after(() => rmSync(FOLDER, { recursive: true }))

/** What is promised for each file; it is loaded twice, so each may take twice that. */
const CPU_MS_MAX = 2 * 2_000
const MEMORY_MB_MAX = 200

const REASONS: Readonly<Record<string, RegExp>> = {
  'address-beyond-2-53.h5': /size or address is beyond the file/,
  'bomb-in-a-bomb.keras': /unpacks to more than 100 times the file/,
  'brain-float.h5': /datatype of class 1 and 2 bytes is not supported/,
  'bzip2.keras': /"metadata.json" is packed by method 12 \(only stored and deflated\)/,
  'chunk-bomb.h5': /unpacks to more than 100 times the file/,
  'chunk-larger-than-it-says.h5': /chunk is corrupt: it does not unpack to its size/,
  'chunk-that-is-none.h5': /chunk is corrupt: it does not unpack to its size/,
  'chunks-at-themselves.h5': /B-tree points at itself/,
  'class-of-the-prototype.keras': /layer "dropout" is a __proto__/,
  'compound.h5': /datatype of class 6 and 8 bytes is not supported/,
  'custom-module.keras': /layer "dense" is a custom "system", which is not allowed/,
  'declares-2-60-chunks.h5': /shape "\[1125899906842624, 256\]" is larger than any file/,
  'declares-2-60.h5': /size or address is beyond the file/,
  'directory-before-its-beginning.keras': /archive is truncated or corrupt/,
  'encrypted.keras': /archive is encrypted/,
  'external-data.onnx': /tensor "c" lies in an external file, which is not allowed/,
  'external-file.h5': /lies in an external file, which is not allowed/,
  'external-link.h5': /"kernel" is a soft or external link, which is not allowed/,
  'fields-without-end.onnx': /too many fields \(at most 500000\)/,
  'graphs-in-graphs.onnx': /nested more than 32 deep/,
  'group-at-itself.h5': /B-tree points at itself/,
  'header-at-itself.h5': /object header points at itself/,
  'infinite-number.keras': /layer "dense" has "units" = "null" \(expected a number\)/,
  'json-bomb.keras': /"config.json" has 67108864 bytes \(at most 16777216\)/,
  'json-of-brackets.keras': /config.json holds more than 500000 values/,
  'json-of-many-objects.keras': /config.json holds more than 500000 values/,
  'lambda-as-activation.keras': /layer "dense_1" has a lambda as "activation", which is code/,
  'lambda.keras': /layer "dropout" is a Lambda/,
  'lzf-before-its-beginning.h5': /chunk is corrupt: it does not unpack to its size/,
  'many-entries.keras': /archive has 65000 entries \(at most 10000\)/,
  'message-longer-than-the-file.onnx': /protobuf is truncated or corrupt/,
  'models-in-models.keras': /nested more than 16 deep/,
  'never-written.h5': /declares 8 chunks but stores 0/,
  'number-without-end.onnx': /protobuf is corrupt/,
  'one-chunk-of-4-gib.h5': /unpacks to more than 100 times the file/,
  'one-dataset-of-many-layers.h5': /unpacks to more than 100 times the file/,
  'one-header-of-many-entries.keras': /"config.json" is not where it should be/,
  'operators-without-end.onnx': /too many nodes \(at most 20000\)/,
  'overlapping.keras': /"quote" overlaps what follows it/,
  'pickle.h5': /it is a pickle/,
  'scale-offset.h5': /packed by scale-offset \(only gzip, shuffle, fletcher32 and LZF\)/,
  'soft-link.h5': /"kernel" is a soft or external link, which is not allowed/,
  'sum-of-many.keras': /needs more than 20000 operators/,
  'tensor-larger-than-it-is.onnx': /tensor "c" declares \[1099511627776\] but stores 2/,
  'tensor-of-many-axes.onnx': /a tensor has more than 32 axes/,
  'tensor-of-negative-size.onnx': /tensor "c" declares \[-1, -2\]/,
  'text-of-many-names.h5': /structures are too many, or do not end/,
  'tree-that-multiplies.h5': /group has "\w+" twice/,
  'truncated.h5': /HDF5 file is truncated or corrupt/,
  'two-graphs.onnx': /more than one graph/,
  'unknown-operator.onnx': /no operator "Shell"/,
  'virtual.h5': /virtual, made of other files, which is not allowed/,
  'zip-bomb-that-lies.keras': /"config.json" is corrupt/,
  'zip-bomb.keras': /"model.weights.h5" unpacks to more than 100 times its size/,
  'zip64-beyond-2-53.keras': /archive directory is corrupt/,
}

/** Loaded, for what it computes is its own business: but it is not computed to be loaded. */
const LOADED = 'computes-a-gigabyte.onnx'

describe('the corpus of hostile files', () => {
  const refusals = new Map<string, Refusal>()
  before(() => {
    writeFileSync(join(FOLDER, 'many-entries.keras'), manyEntries())
    for (const name of readdirSync(HOSTILE).filter((file) => file.endsWith('.gz'))) {
      const bytes = gunzipSync(readFileSync(new URL(name, HOSTILE)))
      writeFileSync(join(FOLDER, name.slice(0, -'.gz'.length)), bytes)
    }
    for (const refusal of refuse(FOLDER)) {
      // What earlier files left behind is counted, too: where it is too much, the file is asked by itself.
      const [alone = refusal] = refusal.memoryMB < MEMORY_MB_MAX ? [] : refuse(FOLDER, refusal.name)
      refusals.set(refusal.name, alone)
    }
  })

  it('is known file by file', () => {
    assert.deepEqual([...refusals.keys()].sort(), [...Object.keys(REASONS), LOADED].sort())
  })

  for (const [name, reason] of Object.entries({ ...REASONS, [LOADED]: /^loaded$/ })) {
    it(`does no harm: ${name}`, () => {
      const { inspected, loaded, cpuMs, memoryMB } = refusals.get(name) ?? assert.fail('no result')
      for (const outcome of [inspected, loaded]) assert.match(outcome, reason)
      assert.ok(cpuMs < CPU_MS_MAX, `it took ${cpuMs} ms`)
      assert.ok(memoryMB < MEMORY_MB_MAX, `it took ${memoryMB} MB, or a file before it did`)
    })
  }
})

/** What becomes of the files in `folder`, or of `only` one, in a process of their own. */
function refuse(folder: string, only?: string): readonly Refusal[] {
  const program = new URL('refuse.main.ts', HOSTILE).pathname
  // In a small heap, what it takes is what a file needs.
  const flags = ['--expose-gc', '--max-old-space-size=128']
  const args = [GOOD.pathname, folder, ...(only === undefined ? [] : [only])]
  const output = execFileSync(process.execPath, [...flags, program, ...args]).toString()
  return output
    .trim()
    .split('\n')
    .map((line): Refusal => JSON.parse(line))
}

function manyEntries(): Buffer {
  const content = Buffer.alloc(0)
  return writeArchive(Array.from({ length: 65_000 }, (_, index) => ({ name: `${index}`, content })))
}

describe('an archive with paths that lead out of it', () => {
  it('is read in memory: no entry reaches the disk', async () => {
    const zip = openZip(readFileSync(GOOD))
    const entries = zip.names.map((name) => ({ name, content: zip.read(name, 2 ** 24) }))
    const outside = ['../outside', '/tmp/fogline-outside', '..\\outside', 'assets/../../outside']
    const content = Buffer.from('outside')
    const bytes = writeArchive([...entries, ...outside.map((name) => ({ name, content }))])
    const path = join(FOLDER, 'paths.keras')
    writeFileSync(path, bytes)
    const before = readdirSync(FOLDER)
    await (await loadSection(path)).close()
    assert.deepEqual(readdirSync(FOLDER), before)
    for (const name of outside) {
      assert.throws(() => readFileSync(join(FOLDER, name.replaceAll('\\', '/'))), {
        code: 'ENOENT',
      })
    }
  })
})
