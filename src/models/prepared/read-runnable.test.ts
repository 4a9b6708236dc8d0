import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { copyFile, mkdtempDisposable, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openGoldenArchive } from '../../../tests/fixtures/golden.ts'
import { writeArchive } from '../../../tests/fixtures/hostile/archive.ts'
import { startModelServer } from '../../../tests/fixtures/model-server.ts'
import { zeros } from '../../core/tensor.ts'
import { inspectModel, readSpecs } from '../inspect.ts'
import { loadSection } from '../load.ts'
import type { RunnableModel } from '../session.ts'
import { modelSource } from '../sources/model-source.ts'
import { converterVersion } from './converter-version.ts'
import { preparedCache } from './prepared-cache.ts'

const EDGE = fileURLToPath(new URL('../../../examples/digits/models/edge.h5', import.meta.url))
const FOG = fileURLToPath(new URL('../../../examples/digits/models/fog.h5', import.meta.url))

/** The names of a model's outputs, and what it gives for zeros. */
async function answersOf(
  source: Parameters<typeof loadSection>[0],
  options: Parameters<typeof loadSection>[1],
) {
  const section = await loadSection(source, options)
  const [input] = section.inputs
  assert.ok(input)
  const answers = await section.run([zeros(input.datatype, [2, ...input.shape.slice(1)])])
  await section.close()
  return { version: section.version, names: section.outputs.map(({ name }) => name), answers }
}

async function inCache(
  use: (cacheFolder: string, entries: () => Promise<string[]>) => Promise<void>,
) {
  await using root = await mkdtempDisposable(join(tmpdir(), 'read-runnable-'))
  const folder = join(root.path, 'converted')
  await use(root.path, async () => (await readdir(folder)).map((name) => join(folder, name)))
}

describe('a converted model in the cache', () => {
  it('answers as the model itself', async () => {
    await inCache(async (cacheFolder, entries) => {
      const plain = await answersOf(EDGE, {})
      assert.deepEqual(await answersOf(EDGE, { cacheFolder }), plain)
      assert.equal((await entries()).length, 1)
      assert.deepEqual(await answersOf(EDGE, { cacheFolder }), plain)
      assert.equal((await entries()).length, 1)
    })
  })

  it('is used: a model that is put in its place is taken for it', async () => {
    await inCache(async (cacheFolder, entries) => {
      const fog = await answersOf(FOG, { cacheFolder })
      const [fogEntry = ''] = await entries()
      await answersOf(EDGE, { cacheFolder })
      const edgeEntry = (await entries()).find((entry) => entry !== fogEntry)
      await copyFile(fogEntry, edgeEntry ?? '')
      assert.deepEqual(await answersOf(EDGE, { cacheFolder }), fog)
      const { outputs } = await readSpecs(EDGE, { cacheFolder })
      assert.deepEqual(
        outputs.map(({ name }) => name),
        fog.names,
      )
    })
  })

  it('is made anew where it was damaged', async () => {
    await inCache(async (cacheFolder, entries) => {
      const plain = await answersOf(EDGE, { cacheFolder })
      const [entry = ''] = await entries()
      const good = await readFile(entry)
      const changed = Buffer.from(good)
      changed[good.length - 5] = (changed[good.length - 5] ?? 0) ^ 1
      for (const bad of [changed, good.subarray(0, 1000), Buffer.of()]) {
        await writeFile(entry, bad)
        assert.deepEqual(await answersOf(EDGE, { cacheFolder }), plain)
        assert.deepEqual(await readFile(entry), good)
      }
    })
  })

  it('suffices for a pinned model on a server: neither file nor network are needed', async () => {
    await inCache(async (cacheFolder) => {
      const file = await readFile(EDGE)
      await using server = await startModelServer((_request, response) => response.end(file))
      const source = modelSource(`${server.origin}/edge.h5`, {
        folder: '/',
        allowHttp: true,
        allowPrivate: true,
        sha256: hash('sha256', file),
      })
      const plain = await answersOf(source, { cacheFolder })
      await server.close()
      await rm(join(cacheFolder, 'models'), { recursive: true })
      assert.deepEqual(await answersOf(source, { cacheFolder }), plain)
    })
  })

  it('is one for each signature of a SavedModel, by source or option', async () => {
    await inCache(async (cacheFolder, entries) => {
      const archive = openGoldenArchive('savedmodel.tf2.21.zip')
      const { cases } = archive.index as {
        cases: readonly { name: string; calls: readonly { signature: string }[] }[]
      }
      const two = cases.find(({ calls }) => new Set(calls.map((call) => call.signature)).size > 1)
      assert.ok(two)
      const files = archive.names
        .filter((entry) => entry.startsWith(`${two.name}/`))
        .map((name) => ({ name, content: archive.read(name) }))
      const path = join(cacheFolder, 'saved.zip')
      await writeFile(path, writeArchive(files))
      const signatures = [...new Set(two.calls.map((call) => call.signature))]
      const seen = new Set<string>()
      for (const times of [1, 2]) {
        for (const signature of signatures) {
          const source = modelSource(path, { folder: '/', signature })
          const { outputs } = await readSpecs(source, { cacheFolder })
          assert.deepEqual((await readSpecs(path, { cacheFolder, signature })).outputs, outputs)
          const { outputs: inspected } = await inspectModel(source)
          assert.deepEqual(inspected, outputs)
          seen.add(`${signature} ${JSON.stringify(outputs)} ${times}`)
        }
        assert.equal((await entries()).length, signatures.length)
      }
      assert.equal(seen.size, 2 * signatures.length)
    })
  })

  it('is not kept of an ONNX file, and its absence stops nothing', async () => {
    await inCache(async (cacheFolder, entries) => {
      const onnx = join(cacheFolder, 'x.onnx')
      const { writeTwoOutputs } = await import('../../../tests/fixtures/prototype/two-outputs.ts')
      await writeTwoOutputs(onnx)
      await answersOf(onnx, { cacheFolder })
      await assert.rejects(entries(), { code: 'ENOENT' })
      await writeFile(join(cacheFolder, 'converted'), 'no folder')
      const lines: string[] = []
      await answersOf(EDGE, {
        cacheFolder,
        log: (level, line) => void lines.push(`${level} ${line}`),
      })
      assert.deepEqual(lines, ['warn Cannot keep the converted model'])
    })
  })
})

describe('preparedCache()', () => {
  it('tells models by file, signature and converter', async () => {
    await inCache(async (folder) => {
      const model: RunnableModel = {
        onnx: Uint8Array.of(1),
        weights: [],
        version: 'v',
        inputKeys: [],
        outputKeys: [],
        inputs: [],
        outputs: [],
      }
      const cache = preparedCache(folder, { converter: '1', now: Date.now })
      await cache.write({ sha256: 'a' }, model)
      assert.equal((await cache.read({ sha256: 'a' }))?.version, 'v')
      assert.equal(await cache.read({ sha256: 'b' }), undefined)
      assert.equal(await cache.read({ sha256: 'a', signature: 's' }), undefined)
      const later = preparedCache(folder, { converter: '2', now: Date.now })
      assert.equal(await later.read({ sha256: 'a' }), undefined)
    })
  })
})

describe('converterVersion()', () => {
  it('is the same as long as the program is', () => {
    assert.equal(converterVersion(), converterVersion())
    assert.match(converterVersion(), /^[0-9a-f]{64}$/)
  })
})
