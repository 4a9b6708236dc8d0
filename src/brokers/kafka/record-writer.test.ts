import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ProtocolError } from '@platformatic/kafka'
import type { NewRecord } from '../../core/broker.ts'
import { type Message, messageMaker, recordWriter, sends } from './record-writer.ts'

const record = (more: Partial<NewRecord> = {}): NewRecord => ({
  topic: 't',
  value: Buffer.from('v'),
  headers: [],
  ...more,
})

const message = (more: Partial<Message> = {}): Message => ({
  topic: 't',
  partition: 0,
  value: Buffer.from('v'),
  sizeBytes: 100,
  ...more,
})

describe('messageMaker()', () => {
  const partitions = (maker: ReturnType<typeof messageMaker>, records: readonly NewRecord[]) =>
    maker.messages(records, () => 4).map(({ partition }) => partition)

  it('keeps records of one call without a key together, and takes turns between calls', () => {
    const maker = messageMaker()
    const calls = [1, 2, 3, 4, 5].map(() => partitions(maker, [record(), record()]))
    assert.deepEqual(calls, [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [0, 0],
    ])
  })

  it("puts a key where Kafka's clients put it", () => {
    const keys = ['21', 'foobar', 'abc'].map((key) => record({ key: Buffer.from(key) }))
    assert.deepEqual(partitions(messageMaker(), keys), [0, 2, 3])
  })

  it('puts records of one identity and no key into one partition', () => {
    const again = [1, 2, 3].map(() => partitions(messageMaker(), [record({ once: 'a/1' })])[0])
    assert.equal(new Set(again).size, 1)
    const others = partitions(
      messageMaker(),
      Array.from({ length: 50 }, (_, at) => record({ once: `a/${at}` })),
    )
    assert.equal(new Set(others).size, 4)
  })

  it('keeps headers of one name apart, in order', () => {
    const headers = [
      ['a', Buffer.from('1')],
      ['b', Buffer.from('2')],
      ['a', Buffer.from('3')],
    ] as const
    const [made] = messageMaker().messages([record({ headers })], () => 1)
    const pairs = Array.from(made?.headers as Map<Buffer, Buffer>, (pair) => pair.map(String))
    assert.deepEqual(pairs, [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
  })
})

describe('sends()', () => {
  it('keeps what one partition gets within what a broker takes, and the order', () => {
    const large = Array.from({ length: 5 }, (_, at) =>
      message({ partition: at % 2, sizeBytes: 400_000, key: Buffer.from(`${at}`) }),
    )
    const cut = sends(large)
    assert.deepEqual(
      cut.map((some) => some.map(({ key }) => String(key))),
      [['0', '1', '2', '3'], ['4']],
    )
  })

  it('sends a record alone that is larger than that', () => {
    const cut = sends([message(), message({ sizeBytes: 5_000_000 }), message()])
    assert.deepEqual(
      cut.map((some) => some.length),
      [1, 1, 1],
    )
  })
})

describe('recordWriter()', () => {
  it('gathers what comes while a send is under way, in order', async () => {
    const sent: number[] = []
    const gate = Promise.withResolvers<void>()
    const writer = recordWriter(async (messages) => {
      sent.push(messages.length)
      if (sent.length === 1) await gate.promise
    })
    const writes = [1, 2, 3, 4].map(() => writer.write([message()]))
    gate.resolve()
    await Promise.all(writes)
    assert.deepEqual(sent, [1, 3])
  })

  it('fails only the call whose record is too large', async () => {
    const gate = Promise.withResolvers<void>()
    const writer = recordWriter(async (messages) => {
      await gate.promise
      if (messages.some(({ sizeBytes }) => sizeBytes === 7)) {
        throw new ProtocolError('MESSAGE_TOO_LARGE')
      }
    })
    const writes = [100, 100, 7, 100].map((sizeBytes) => writer.write([message({ sizeBytes })]))
    gate.resolve()
    const settled = await Promise.allSettled(writes)
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
  })
})
