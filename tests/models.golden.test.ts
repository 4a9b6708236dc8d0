import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  type Datatype,
  elementCount,
  elementSizeBytes,
  type Tensor,
  tensorFromBytes,
  toFloats,
} from '../src/core/tensor.ts'
import { loadSection } from '../src/models/load.ts'

/** What tools/golden.py writes: models, and what real Keras answers for them. */
interface Golden {
  readonly keras: string
  readonly cases: readonly {
    readonly files: readonly string[]
    readonly inputs: readonly StoredTensor[]
    readonly outputs: readonly StoredTensor[]
    readonly outputNames: readonly string[]
  }[]
}

interface StoredTensor {
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly offset: number
}

const FOLDER = new URL('./fixtures/models/', import.meta.url)
/** Of the largest expected value, and at least of 1. */
const TOLERANCE = 1e-5

for (const name of ['keras2', 'keras3']) {
  const golden: Golden = JSON.parse(readFileSync(new URL(`${name}.golden.json`, FOLDER), 'utf8'))
  const binary = readFileSync(new URL(`${name}.bin`, FOLDER))
  const stored = ({ offset, ...spec }: StoredTensor): Tensor => {
    const size = elementCount(spec.shape) * elementSizeBytes(spec.datatype)
    return tensorFromBytes(binary.subarray(offset, offset + size), spec)
  }
  describe(`loadSection, on files of Keras ${golden.keras}`, () => {
    for (const { files, inputs, outputs, outputNames } of golden.cases) {
      for (const file of files) {
        it(`answers as Keras does: ${file}`, async () => {
          const section = await loadSection(new URL(file, FOLDER).pathname)
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
            assert.deepEqual(answer.shape, expected.shape)
            assertClose(answer, expected, section.outputs[index]?.name ?? '')
          }
        })
      }
    }
  })
}

function assertClose(answer: Tensor, expected: Tensor, name: string): void {
  const given = toFloats(answer)
  const wanted = toFloats(expected)
  const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 1)
  const difference = wanted.reduce(
    (max, value, index) => Math.max(max, Math.abs(value - (given[index] ?? Number.NaN))),
    0,
  )
  assert.ok(
    difference <= TOLERANCE * largest,
    `output "${name}" differs by ${difference} of ${largest}`,
  )
}

/** Keras 3 may give two outputs one name; a section numbers them. */
function uniqueNames(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((each) => each === name).length
    return before === 0 ? name : `${name}_${before}`
  })
}
