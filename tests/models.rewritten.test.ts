import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { elementCount, type Tensor } from '../src/core/tensor.ts'
import { openHdf5 } from '../src/models/hdf5/file.ts'
import { loadSection } from '../src/models/load.ts'
import { randomNumbers } from './fixtures/random.ts'

const MODELS = new URL('./fixtures/models/', import.meta.url)
/** What tools/rewritten.py writes. */
const REWRITTEN = new URL('./fixtures/rewritten/', import.meta.url)
const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-rewritten-'))
after(() => rmSync(FOLDER, { recursive: true }))

const unpacked = (name: string): Buffer => gunzipSync(readFileSync(new URL(name, REWRITTEN)))

/** What the model file at `path` answers for three samples that are the same every time. */
async function answersOf(path: string): Promise<readonly Tensor[]> {
  const section = await loadSection(path)
  const random = randomNumbers(5)
  const inputs = section.inputs.map(({ datatype, shape }): Tensor => {
    const batch = [3, ...shape.slice(1)]
    return {
      datatype,
      shape: batch,
      data: Float32Array.from({ length: elementCount(batch) }, random),
    }
  })
  const answers = await section.run(inputs)
  await section.close()
  return answers
}

describe('loadSection, on a model that another tool has rewritten', async () => {
  const expected = new Map([
    ['h5', await answersOf(new URL('early_exit.keras3.h5', MODELS).pathname)],
    ['keras', await answersOf(new URL('early_exit.keras3.keras', MODELS).pathname)],
  ])
  const names = readdirSync(REWRITTEN).filter((name) => !/^(indexes|numbers)\./.test(name))
  for (const name of names) {
    it(`answers as before: ${name}`, async () => {
      const path = join(FOLDER, name)
      writeFileSync(path, unpacked(name))
      assert.deepEqual(await answersOf(path), expected.get(name.split('.')[1] ?? ''))
    })
  }
})

/** The number `index` of those that tools/rewritten.py writes. */
const numberAt = (index: number): number => (index * 7) % 251

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => numberAt(index))
}

function valuesOf(file: string, path: string): readonly number[] {
  return valuesOfBytes(unpacked(file), path)
}

function valuesOfBytes(bytes: Uint8Array, path: string): readonly number[] {
  const { data } = openHdf5(bytes).get(path)?.tensor() ?? assert.fail(`no ${path}`)
  return Array.from(data as ArrayLike<number | bigint>, Number)
}

describe('openHdf5', () => {
  for (const name of ['fixed_array', 'extensible_array', 'tree', 'tree_gzip']) {
    it(`finds a thousand chunks by their index: ${name}`, () => {
      assert.deepEqual(valuesOf('indexes.h5.gz', name), numbers(1100))
    })
  }

  it('finds chunks by a tree of several levels', () => {
    assert.deepEqual(valuesOf('numbers.h5.gz', 'tree_1'), numbers(130))
  })

  it('reads numbers of all sizes and byte orders', () => {
    const few = numbers(24)
    assert.deepEqual(valuesOf('numbers.h5.gz', 'wide'), few)
    assert.deepEqual(valuesOf('numbers.h5.gz', 'half'), few)
    const negative = few.map((value) => -value)
    assert.deepEqual(valuesOf('numbers.h5.gz', 'double'), negative)
    const less = few.map((value) => value - 100)
    assert.deepEqual(valuesOf('numbers.h5.gz', 'long'), less)
    const flags = few.map((value) => Number(value % 3 === 0))
    assert.deepEqual(valuesOf('numbers.h5.gz', 'flags'), flags)
  })

  it('reads members and attributes beyond a handful from their heap', () => {
    const many = openHdf5(unpacked('indexes.h5.gz')).get('many') ?? assert.fail('no group')
    for (let index = 0; index < 60; index++) {
      assert.deepEqual(many.texts(`attribute_${index}`), [`text ${index}`])
      assert.deepEqual(Number(many.get(`member_${index}`)?.tensor().data[0]), index)
    }
    assert.deepEqual(many.texts('names'), ['äöü', '', 'name'])
    assert.deepEqual(many.texts('long'), ['long '.repeat(20_000)])
    assert.equal(many.texts('other'), undefined)
    assert.equal(many.get('other'), undefined)
  })

  for (const version of [1, 2]) {
    it(`reads layouts of version ${version}, as libraries of before 2004 wrote them`, () => {
      const bytes = unpacked('numbers.h5.gz')
      assert.ok(withOldLayouts(bytes, version) >= 4)
      assert.deepEqual(valuesOfBytes(bytes, 'half'), numbers(24))
      assert.deepEqual(valuesOfBytes(bytes, 'tree_1'), numbers(130))
    })
  }
})

/** Writes each layout of version 3 with at most one axis in `bytes` as one of `version`; gives how many. */
function withOldLayouts(bytes: Buffer, version: number): number {
  const ofType8 = Buffer.of(8, 0, 24, 0)
  let count = 0
  for (let at = bytes.indexOf(ofType8); at >= 0; at = bytes.indexOf(ofType8, at + 1)) {
    const message = bytes.subarray(at + 8, at + 32)
    const [given, kind, rank] = message
    if (given !== 3) continue
    const old = Buffer.alloc(24)
    old.set([version, 1, kind ?? 0])
    if (kind === 1) message.copy(old, 8, 2, 10)
    if (kind === 2 && rank === 2) {
      old.set([rank], 1)
      message.copy(old, 8, 3, 19)
    }
    old.copy(message)
    count += 1
  }
  return count
}
