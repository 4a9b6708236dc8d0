import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { loadSection } from '../src/models/load.ts'
import { assertClose, goldenNames, openGolden } from './fixtures/golden.ts'

const UNPACKED = mkdtempSync(join(tmpdir(), 'fogline-golden-'))
after(() => rmSync(UNPACKED, { recursive: true }))

/** Of the largest expected value, and at least of 1; a case may say another. */
const TOLERANCE = 1e-5

for (const name of goldenNames()) {
  const golden = openGolden(name)
  describe(`loadSection, on ${name} of Keras ${golden.keras}`, () => {
    for (const { files, inputs, outputs, outputNames, tolerance = TOLERANCE } of golden.cases) {
      for (const file of files) {
        it(`answers as Keras does: ${file}`, async () => {
          const path = join(UNPACKED, `${name}.${file}`)
          writeFileSync(path, golden.read(file))
          const section = await loadSection(path)
          assert.deepEqual(
            section.outputs.map((spec) => spec.name),
            uniqueNames(outputNames),
          )
          const answers = await section.run(inputs)
          await section.close()
          assert.equal(answers.length, outputs.length)
          for (const [index, expected] of outputs.entries()) {
            const { name: output } = section.outputs[index] ?? { name: '' }
            assertClose(answers[index], expected, { name: `${index} "${output}"`, tolerance })
          }
        })
      }
    }
  })
}

/** Keras 3 may give two outputs one name; a section numbers them. */
function uniqueNames(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((each) => each === name).length
    return before === 0 ? name : `${name}_${before}`
  })
}
