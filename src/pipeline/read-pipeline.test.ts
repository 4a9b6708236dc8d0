import assert from 'node:assert/strict'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { isFoglineError, messageOf } from '../std/errors.ts'
import { readPipeline } from './read-pipeline.ts'

describe('readPipeline()', () => {
  it('reads a file whose models exist, with paths relative to it', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'pipeline-'))
    await writeFile(join(folder.path, 'a.keras'), '')
    await writeFile(join(folder.path, 'fogline.yaml'), 'name: x\ntiers: [a.keras]')
    const { tiers } = await readPipeline(join(folder.path, 'fogline.yaml'))
    assert.deepEqual(tiers[0]?.model, { kind: 'file', path: join(folder.path, 'a.keras') })
  })

  it('takes the folder of a SavedModel for a model', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'pipeline-'))
    await mkdir(join(folder.path, 'saved'))
    await writeFile(join(folder.path, 'saved', 'saved_model.pb'), '')
    const file = join(folder.path, 'fogline.yaml')
    await writeFile(file, 'tiers: [saved]')
    const { tiers } = await readPipeline(file)
    assert.deepEqual(tiers[0]?.model, { kind: 'file', path: join(folder.path, 'saved') })
  })

  it('names every model that is not there, with its place in the file', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'pipeline-'))
    const file = join(folder.path, 'fogline.yaml')
    await mkdir(join(folder.path, 'b.keras'))
    await writeFile(file, 'tiers:\n  - a.keras\n  - model: b.keras')
    await assert.rejects(readPipeline(file), (error) => {
      assert.ok(isFoglineError(error, 'ERR_CONFIG'))
      assert.deepEqual(error.message.split('\n').slice(1), [
        `${file}:2:5: tiers[0].model: file "${join(folder.path, 'a.keras')}" does not exist`,
        `${file}:3:12: tiers[1].model: "${join(folder.path, 'b.keras')}" is not a file`,
      ])
      return true
    })
  })

  it('looks only for the models of the tiers that are wanted', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'pipeline-'))
    await writeFile(join(folder.path, 'b.keras'), '')
    const file = join(folder.path, 'fogline.yaml')
    await writeFile(file, 'tiers: [a.keras, b.keras]')
    const { tiers } = await readPipeline(file, { tiers: ['b'] })
    assert.deepEqual(
      tiers.map(({ name }) => name),
      ['b'],
    )
    await assert.rejects(readPipeline(file, { tiers: ['a', 'b'] }), {
      message: `Cannot use pipeline "${file}": 1 problem\n${file}:1:9: tiers[0].model: file "${join(folder.path, 'a.keras')}" does not exist`,
    })
  })

  it('looks for the secrets of brokers that are needed, and shows none', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'pipeline-'))
    const file = join(folder.path, 'fogline.yaml')
    await writeFile(join(folder.path, 'a.keras'), '')
    await writeFile(join(folder.path, 'b.keras'), '')
    await writeFile(
      file,
      `brokers:
  here: memory
  there:
    address: kafka://h
    tls: { ca: { file: ca.pem } }
    sasl: { mechanism: plain, username: u, password: { env: PASSWORD } }
tiers:
  - { model: a.keras, input: { broker: here } }
  - { model: b.keras, input: { broker: here }, output: { broker: there } }
`,
    )
    const env = { PASSWORD: 'hunter2' }
    const missing = `${file}:5:16: brokers.there.tls.ca: file "${join(folder.path, 'ca.pem')}" does not exist`
    await assert.rejects(readPipeline(file, { env }), {
      code: 'ERR_CONFIG',
      message: `Cannot use pipeline "${file}": 1 problem\n${missing}`,
    })
    await assert.rejects(readPipeline(file, { env: {}, tiers: ['b'] }), {
      message: `Cannot use pipeline "${file}": 2 problems\n${missing}\n${file}:6:54: brokers.there.sasl.password: environment variable "PASSWORD" is not set`,
    })
    assert.equal((await readPipeline(file, { env: {}, tiers: ['a'] })).tiers.length, 1)

    await writeFile(join(folder.path, 'ca.pem'), 'hunter2')
    const pipeline = await readPipeline(file, { env })
    const { sasl, tls } = { ...pipeline.clusters['kafka://h:9092'] }
    assert.equal(sasl?.mechanism === 'PLAIN' && (await sasl.password()), 'hunter2')
    assert.equal(await tls?.ca?.(), 'hunter2')
    assert.doesNotMatch(`${JSON.stringify(pipeline)} ${inspect(pipeline, { depth: 9 })}`, /hunter2/)
  })

  it("looks for the secrets of the tiers' schema registries", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'pipeline-'))
    await writeFile(join(folder.path, 'a.keras'), '')
    const file = join(folder.path, 'fogline.yaml')
    const registry = '{ url: "http://r", username: me, password: { env: P } }'
    await writeFile(
      file,
      `tiers: [{ model: a.keras, input: { format: avro, registry: ${registry} } }]`,
    )
    const { tiers } = await readPipeline(file, { env: { P: 'hunter2' } })
    const { url, username, password } = tiers[0]?.input.registry ?? {}
    assert.deepEqual([url, username, await password?.()], ['http://r', 'me', 'hunter2'])
    assert.ok(!inspect(tiers, { depth: 9 }).includes('hunter2'))
    await assert.rejects(readPipeline(file, { env: {} }), {
      code: 'ERR_CONFIG',
      message: /registry.password: environment variable "P" is not set$/,
    })
  })

  it('refuses what it cannot read, in one line', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'pipeline-'))
    const large = join(folder.path, 'large.yaml')
    await writeFile(large, `#${' '.repeat(1024 * 1024)}`)
    const latin = join(folder.path, 'latin.yaml')
    await writeFile(latin, Uint8Array.of(0x6e, 0xe4))
    for (const [path, message] of [
      [join(folder.path, 'none.yaml'), /Cannot read pipeline ".*none.yaml": ENOENT/],
      [folder.path, /Cannot read pipeline ".*": EISDIR/],
      [large, /has 1048577 bytes \(at most 1048576\)/],
      [latin, /Cannot read pipeline/],
    ] as const) {
      await assert.rejects(
        readPipeline(path),
        (error) => isFoglineError(error, 'ERR_CONFIG') && message.test(messageOf(error)),
      )
    }
  })
})
