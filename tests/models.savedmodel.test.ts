import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { loadSection } from '../src/models/load.ts'
import { assertClose, openGoldenArchive, type StoredTensor } from './fixtures/golden.ts'
import { writeArchive } from './fixtures/hostile/archive.ts'

/** What tools/golden_savedmodel.py writes: SavedModels, and what TensorFlow answers for them. */
interface Golden {
  readonly tensorflow: string
  readonly cases: readonly {
    readonly name: string
    readonly calls: readonly {
      readonly signature: string
      readonly inputs: readonly NamedTensor[]
      readonly outputs: readonly NamedTensor[]
    }[]
    readonly tolerance?: number
    /** What it is refused with; it has no calls then. */
    readonly refused?: string
  }[]
}

interface NamedTensor extends StoredTensor {
  readonly name: string
}

const FOLDER = new URL('./fixtures/models/', import.meta.url)
const UNPACKED = mkdtempSync(join(tmpdir(), 'fogline-savedmodel-'))
after(() => rmSync(UNPACKED, { recursive: true }))

/** Of the largest expected value, and at least of 1; a case may say another. */
const TOLERANCE = 1e-5

for (const archiveName of readdirSync(FOLDER).filter((file) => file.startsWith('savedmodel.tf'))) {
  const archive = openGoldenArchive(archiveName)
  const golden = archive.index as Golden
  const filesOf = (name: string) =>
    archive.names
      .filter((entry) => entry.startsWith(`${name}/`))
      .map((entry) => ({ name: entry, content: archive.read(entry), isDeflated: true }))

  /** The case as a folder, as an archive of that folder, or as an archive of what is in it. */
  const paths = {
    folder: (name: string) => {
      for (const file of filesOf(name)) {
        const path = join(UNPACKED, archiveName, file.name)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, file.content)
      }
      return join(UNPACKED, archiveName, name)
    },
    archive: (name: string) => {
      const path = join(UNPACKED, `${archiveName}.${name}.zip`)
      writeFileSync(path, writeArchive(filesOf(name)))
      return path
    },
    'archive without a top folder': (name: string) => {
      const path = join(UNPACKED, `${archiveName}.${name}.flat.zip`)
      const files = filesOf(name).map((file) => ({
        ...file,
        name: file.name.slice(name.length + 1),
      }))
      writeFileSync(path, writeArchive(files))
      return path
    },
  }

  describe(`loadSection, on SavedModels of TensorFlow ${golden.tensorflow}`, () => {
    for (const { name, refused } of golden.cases) {
      if (refused === undefined) continue
      it(`refuses ${name}`, async () => {
        await assert.rejects(loadSection(paths.folder(name)), (error: Error) =>
          error.message.includes(refused),
        )
      })
    }
    for (const [index, { name, calls, tolerance = TOLERANCE }] of golden.cases.entries()) {
      for (const { signature, inputs, outputs } of calls) {
        for (const [kind, pathOf] of Object.entries(paths)) {
          // One case of each archive is enough for what does not depend on the model.
          if (kind === 'archive without a top folder' && index > 0) continue
          it(`answers as TensorFlow does: ${name}, ${signature}, as ${kind}`, async () => {
            const options = signature === 'serving_default' ? {} : { signature }
            const section = await loadSection(pathOf(name), options)
            const given = section.inputs.map(({ name }) => named(inputs, name))
            const answers = await section.run(given.map(archive.tensor))
            await section.close()
            assert.deepEqual(
              section.outputs.map((spec) => spec.name).toSorted(),
              outputs.map((output) => output.name).toSorted(),
            )
            for (const [at, spec] of section.outputs.entries()) {
              assertClose(answers[at], archive.tensor(named(outputs, spec.name)), {
                name: spec.name,
                tolerance,
              })
            }
          })
        }
      }
    }
  })
}

function named(tensors: readonly NamedTensor[], name: string): NamedTensor {
  const found = tensors.find((tensor) => tensor.name === name)
  assert.ok(found, `there is no "${name}"`)
  return found
}
