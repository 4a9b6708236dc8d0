import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import { textHeader } from '../../src/core/headers.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { pipelineText } from './pipeline-text.ts'
import { fogline, startUp } from './processes.ts'

const TIME_MAX_MS = 180_000

const server = kafkaServer()

testWithoutUp('embedded broker', async (folder) => `embedded:${join(folder, 'data')}`)
testWithoutUp('Kafka', async () => `kafka://${await server()}`)

function testWithoutUp(kind: string, addressIn: (folder: string) => Promise<string>): void {
  const needs = kind === 'Kafka' ? needsKafka() : {}
  describe(`without up, on ${kind}`, { ...needs, timeout: TIME_MAX_MS }, () => {
    const state = { folder: '', name: '', address: '' }
    const run = (...args: readonly string[]) => fogline(args, state.folder)
    const pipeline = ['--pipeline', 'fogline.yaml']

    before(async () => {
      state.folder = await mkdtemp(join(tmpdir(), 'fogline-without-up-'))
      state.name = `t${randomBytes(6).toString('hex')}`
      state.address = await addressIn(state.folder)
      assert.equal((await run('init')).code, 0)
      const { name, address } = state
      const text = pipelineText({ name, address, datatype: 'UINT8' })
      await writeFile(join(state.folder, 'fogline.yaml'), text)
    })

    after(() => rm(state.folder, { recursive: true, force: true }))

    it('send writes samples that wait for the tier, and lag counts them', async () => {
      const sent = await run('send', 'edge', 'digits.u8', '--id-prefix', 'd', ...pipeline)
      assert.match(sent.stdout, /^sent 1000 of 1000 samples/)
      const { stdout } = await run('lag', 'edge', ...pipeline)
      assert.match(stdout, /^tier +topic +group +lag +dead letters\nedge .* 1000 +0\n$/)
    })

    it('lag, tail and dlq need no models', async () => {
      const [models, elsewhere] = ['models', 'elsewhere'].map((one) => join(state.folder, one))
      assert.ok(models && elsewhere)
      await rename(models, elsewhere)
      const tail = ['tail', `${state.name}-edge-input`, '--from', 'earliest', '--count', '7']
      assert.equal((await run('lag', ...pipeline)).code, 0)
      assert.equal((await run('dlq', 'list', 'edge', ...pipeline)).stdout, 'no dead letters\n')
      assert.equal((await run(...tail, ...pipeline)).stdout.split('\n').length, 8)
      const send = await run('send', 'edge', 'digits.u8', ...pipeline)
      assert.match(send.stderr, /tiers\[0\]\.model: file ".*edge\.keras" does not exist/)
      await rename(elsewhere, models)
    })

    it('tail reads any topic of a broker, and prints a duplicate only with --raw', async () => {
      const topic = `${state.name}-any`
      const broker = await openBroker(state.address)
      await broker.ensure([{ name: topic, partitions: 1 }])
      const record = (id: string, value: string, ...retry: readonly string[]) => ({
        topic,
        value: Buffer.from(value),
        headers: [
          ...(id === '' ? [] : [textHeader('fogline-id', id)]),
          ...retry.map((text) => textHeader('fogline-retry', text)),
        ],
      })
      await broker.produce([
        record('a', '1'),
        record('b', '2'),
        record('a', '3'),
        record('a', '4', '1'),
        record('', '5'),
        record('', '6'),
      ])
      await broker.close()
      const tail = async (...args: readonly string[]) => {
        const from = ['--from', 'earliest', '--broker', state.address]
        const { stdout } = await run('tail', topic, ...from, '--json', ...args)
        const lines = stdout.trim().split('\n')
        return lines.map((line) => (JSON.parse(line) as { value: number }).value)
      }
      assert.deepEqual(await tail('--count', '5'), [1, 2, 4, 5, 6])
      assert.deepEqual(await tail('--count', '6', '--raw'), [1, 2, 3, 4, 5, 6])
    })

    it('a topic that does not exist is one line, and so are options that exclude each other', async () => {
      const missing = await run('tail', 'no-such-topic', '--broker', state.address)
      assert.equal(missing.code, 1)
      assert.match(missing.stderr, /^fogline: Cannot read topic "no-such-topic": [^\n]+\n$/)
      const both = await run('tail', 'x', '--broker', state.address, ...pipeline)
      assert.equal(both.code, 1)
      assert.match(both.stderr, /cannot be used with/)
      const nameless = await run('tail', '--broker', state.address)
      assert.match(nameless.stderr, /^fogline: Cannot read broker ".*": no topic is named\n$/)
    })

    it('what was sent is answered once a tier runs', async () => {
      await using up = await startUp(state.folder, 0)
      const args = ['--from', 'earliest', '--count', '1000', '--json', '--url', up.url]
      const { stdout } = await run('tail', ...args)
      const ids = stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Line).value.id)
      assert.equal(new Set(ids).size, 1000)
      if (kind !== 'Kafka') {
        const { code, stderr } = await run('dlq', 'list', 'edge', ...pipeline)
        assert.equal(code, 1)
        assert.match(stderr, /^fogline: .* has it open .* the door of `fogline up`\)[^\n]*\n$/)
      }
      assert.equal(await up.end('SIGTERM'), 0)
    })
  })
}

interface Line {
  readonly value: { readonly id: string }
}

describe('the demo on Kafka', { ...needsKafka(), timeout: TIME_MAX_MS }, () => {
  it('answers every digit on topics of its own', async () => {
    const kafka = await server()
    const { code, stdout } = await fogline(['demo', '--digits', '200', '--kafka', kafka], tmpdir())
    assert.equal(code, 0)
    assert.match(stdout, /\n200 of 200 digits answered\n$/)
    const [, topics] = /stay on the cluster: (fogline-demo-[0-9a-f]{8})-…\n/.exec(stdout) ?? []
    const input = ['tail', `${topics}-edge-input`, '--broker', `kafka://${kafka}`]
    const tail = await fogline([...input, '--from', 'earliest', '--count', '200'], tmpdir())
    assert.equal(tail.stdout.trim().split('\n').length, 200)
  })
})

describe('the demo on a Kafka that is away', () => {
  it('says so at once', async () => {
    const { code, stderr } = await fogline(['demo', '--kafka', '127.0.0.1:1'], tmpdir())
    assert.equal(code, 1)
    assert.match(stderr, /^fogline: Cannot create topics on Kafka at 127\.0\.0\.1:1: [^\n]+\n$/)
  })
})
