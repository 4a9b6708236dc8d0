import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  type Datatype,
  elementCount,
  elementSizeBytes,
  type Tensor,
  tensorFromBytes,
  toFloats,
} from '../src/core/tensor.ts'
import { loadSection } from '../src/models/load.ts'
import { openZip } from '../src/models/zip.ts'

/** What tools/golden.py writes: models, and what real Keras answers for them. */
interface Golden {
  readonly keras: string
  readonly cases: readonly {
    readonly files: readonly string[]
    readonly inputs: readonly StoredTensor[]
    readonly outputs: readonly StoredTensor[]
    readonly outputNames: readonly string[]
    readonly tolerance?: number
  }[]
}

interface StoredTensor {
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly offset: number
}

const FOLDER = new URL('./fixtures/models/', import.meta.url)
const UNPACKED = mkdtempSync(join(tmpdir(), 'fogline-golden-'))
after(() => rmSync(UNPACKED, { recursive: true }))

/** Of the largest expected value, and at least of 1; a case may say another. */
const TOLERANCE = 1e-5
const ENTRY_BYTES_MAX = 16 * 1024 ** 2

for (const name of readdirSync(FOLDER).filter((file) => /\.keras[23]\.zip$/.test(file))) {
  const archive = openZip(readFileSync(new URL(name, FOLDER)))
  const read = (entry: string) => Buffer.from(archive.read(entry, ENTRY_BYTES_MAX))
  const golden: Golden = JSON.parse(read('golden.json').toString('utf8'))
  const vectors = read('vectors.bin')
  const stored = ({ offset, ...spec }: StoredTensor): Tensor => {
    const size = elementCount(spec.shape) * elementSizeBytes(spec.datatype)
    return tensorFromBytes(vectors.subarray(offset, offset + size), spec)
  }
  describe(`loadSection, on ${name} of Keras ${golden.keras}`, () => {
    for (const { files, inputs, outputs, outputNames, tolerance = TOLERANCE } of golden.cases) {
      for (const file of files) {
        it(`answers as Keras does: ${file}`, async () => {
          const path = join(UNPACKED, `${name}.${file}`)
          writeFileSync(path, read(file))
          const section = await loadSection(path)
          assert.deepEqual(
            section.outputs.map((spec) => spec.name),
            uniqueNames(outputNames),
          )
          const answers = await section.run(inputs.map(stored))
          await section.close()
          assert.equal(answers.length, outputs.length)
          for (const [index, expected] of outputs.map(stored).entries()) {
            const answer = answers[index]
            assert.ok(answer)
            assert.equal(answer.datatype, expected.datatype)
            assert.deepEqual(answer.shape, expected.shape)
            assertClose(answer, expected, {
              name: `${index} "${section.outputs[index]?.name}"`,
              tolerance,
            })
          }
        })
      }
    }
  })
}

function assertClose(
  answer: Tensor,
  expected: Tensor,
  { name, tolerance }: { readonly name: string; readonly tolerance: number },
): void {
  const given = toFloats(answer)
  const wanted = toFloats(expected)
  const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 1)
  const difference = wanted.reduce(
    (max, value, index) => Math.max(max, Math.abs(value - (given[index] ?? Number.NaN))),
    0,
  )
  assert.ok(
    difference <= tolerance * largest,
    `output ${name} differs by ${difference} of ${largest}`,
  )
}

/** Keras 3 may give two outputs one name; a section numbers them. */
function uniqueNames(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((each) => each === name).length
    return before === 0 ? name : `${name}_${before}`
  })
}
