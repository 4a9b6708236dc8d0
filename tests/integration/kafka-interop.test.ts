import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker, ReceivedRecord } from '../../src/core/broker.ts'
import { kafkaTool } from '../../tools/kafka/tool.ts'
import { kafkaServer, needsKafka, needsOwnKafka } from '../fixtures/kafka.ts'

const server = kafkaServer()
const run = promisify(execFile)

/** Key, value and headers as a line: `key|value|name=value,name=value`. */
interface Line {
  readonly key: string
  readonly value: string
  readonly headers: readonly (readonly [string, string])[]
}

const LINES: readonly Line[] = [
  { key: 'device-1', value: 'first', headers: [['fogline-id', 'a-1']] },
  {
    key: 'device-2',
    value: 'zweiter, größer',
    headers: [
      ['fogline-id', 'a-2'],
      ['foreign', 'one'],
      ['foreign', 'two'],
    ],
  },
]

describe('what other clients write and read', needsKafka(), () => {
  it('kcat reads what we write, repeated headers and all', needsKcat(), async (t) => {
    const { topic, address } = await written(t)
    const { stdout } = await run('kcat', [
      '-b',
      address,
      '-t',
      topic,
      '-C',
      '-e',
      '-q',
      '-f',
      '%k|%s|%h\n',
    ])
    assert.deepEqual(stdout.trim().split('\n'), LINES.map(textOf))
  })

  it('we read what kcat writes', needsKcat(), async (t) => {
    const { broker, topic, address } = await opened(t)
    for (const { key, value, headers } of LINES) {
      const options = headers.flatMap(([name, text]) => ['-H', `${name}=${text}`])
      const sending = run('kcat', ['-b', address, '-t', topic, '-P', '-k', key, ...options])
      sending.child.stdin?.end(value)
      await sending
    }
    assert.deepEqual(await linesOf(broker, topic), LINES.map(textOf))
  })

  it("Kafka's console consumer reads what we write", needsOwnKafka(), async (t) => {
    const { topic, address } = await written(t)
    const shown = ['print.key=true', 'print.headers=true', 'key.separator=|', 'headers.separator=,']
    const { stdout } = await kafkaTool('kafka-console-consumer', {
      servers: address,
      args: [
        ...['--topic', topic, '--from-beginning', '--max-messages', String(LINES.length)],
        ...shown.flatMap((property) => ['--property', property]),
      ],
    })
    const expected = LINES.map(({ key, value, headers }) => {
      return `${headers.map(([name, text]) => `${name}:${text}`).join(',')}|${key}|${value}`
    })
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.includes('|')),
      expected,
    )
  })

  it("we read what Kafka's console producer writes", needsOwnKafka(), async (t) => {
    const { broker, topic, address } = await opened(t)
    const parsed = [
      'parse.key=true',
      'parse.headers=true',
      'key.separator=|',
      'headers.delimiter=|',
    ]
    await kafkaTool('kafka-console-producer', {
      servers: address,
      args: ['--topic', topic, ...parsed.flatMap((property) => ['--property', property])],
      input: LINES.map(({ key, value, headers }) => {
        return `${headers.map(([name, text]) => `${name}:${text}`).join(',')}|${key}|${value}\n`
      }).join(''),
    })
    assert.deepEqual(await linesOf(broker, topic), LINES.map(textOf))
  })
})

/** In CI a missing kcat fails; elsewhere it is said. */
function needsKcat(): { readonly skip: string | false } {
  try {
    execFileSync('kcat', ['-V'], { stdio: 'ignore' })
  } catch {
    if (process.env.CI) return { skip: false }
    const lack = 'kcat is not installed'
    console.error(`SKIPPED: ${lack}`)
    return { skip: lack }
  }
  return { skip: false }
}

interface Opened {
  readonly broker: Broker
  readonly topic: string
  readonly address: string
}

async function opened(t: TestContext): Promise<Opened> {
  const address = await server()
  const broker = await openBroker(`kafka://${address}`)
  t.after(() => broker.close())
  const topic = randomUUID()
  await broker.ensure([{ name: topic, partitions: 1 }])
  return { broker, topic, address }
}

async function written(t: TestContext): Promise<Opened> {
  const all = await opened(t)
  await all.broker.produce(
    LINES.map(({ key, value, headers }) => ({
      topic: all.topic,
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const),
    })),
  )
  return all
}

async function linesOf(broker: Broker, topic: string): Promise<readonly string[]> {
  const ended = new AbortController()
  const records: ReceivedRecord[] = []
  for await (const record of broker.read(topic, 'earliest', ended.signal)) {
    records.push(record)
    if (records.length === LINES.length) ended.abort()
  }
  return records.map(({ key, value, headers }) =>
    textOf({
      key: Buffer.from(key ?? []).toString(),
      value: Buffer.from(value).toString(),
      headers: headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString()] as const),
    }),
  )
}

function textOf({ key, value, headers }: Line): string {
  return `${key}|${value}|${headers.map(([name, text]) => `${name}=${text}`).join(',')}`
}
