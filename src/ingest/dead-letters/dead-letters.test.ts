import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAll } from '../../../tests/fixtures/connector/read-all.ts'
import { openBroker } from '../../brokers/open.ts'
import type { Broker } from '../../core/broker.ts'
import { textHeader } from '../../core/headers.ts'
import { FoglineError } from '../../std/errors.ts'
import type { DeadLetterBox } from './box.ts'
import { findLetter } from './find-letter.ts'
import { handleLetters, type Verdict } from './handle-letters.ts'
import { listLetters } from './list-letters.ts'

/** Nothing in these tests has to be waited for; what hangs would fail. */
const QUIET_MS = 20_000

/** Letters `0` to `count` - 1 in one partition, each a millisecond after the one before. */
async function boxOf(count: number) {
  const clock = { ms: 1_000 }
  const broker = await openBroker('memory:', { now: () => clock.ms })
  await broker.ensure([
    { name: 'in', partitions: 1 },
    { name: 'in.dlq', partitions: 1 },
  ])
  for (let index = 0; index < count; index++) {
    clock.ms = 1_000 + index
    await die(broker, index)
  }
  const box: DeadLetterBox = { broker, topic: 'in.dlq', group: 'dlq', inputTopic: 'in' }
  const list = async (options: Partial<Parameters<typeof listLetters>[1]> = {}) =>
    listLetters(box, { limit: 50, after: undefined, quietMs: QUIET_MS, ...options })
  const left = async () => (await list()).letters.map(({ id }) => id)
  const all = (verdict: Verdict) =>
    handleLetters(box, { verdict, selection: { kind: 'all' } }, QUIET_MS)
  const some = (verdict: Verdict, ...letters: readonly string[]) =>
    handleLetters(
      box,
      { verdict, selection: { kind: 'some', letters: new Set(letters) } },
      QUIET_MS,
    )
  const retried = async () =>
    (await readAll(broker, 'in')).map(({ value }) => Buffer.from(value).toString())
  return {
    ...{ box, broker, list, left, all, some, retried },
    [Symbol.asyncDispose]: () => broker.close(),
  }
}

async function die(broker: Broker, index: number): Promise<void> {
  const headers = [
    textHeader('fogline-id', `d-${index}`),
    textHeader('fogline-error-code', 'ERR_TENSOR'),
  ]
  await broker.produce([{ topic: 'in.dlq', value: Buffer.from(String(index)), headers }])
}

describe('listLetters()', () => {
  it('gives the letters that nobody has handled, the oldest first', async () => {
    await using opened = await boxOf(3)
    await opened.some('drop', '0/1')
    const { letters, total, next } = await opened.list()
    assert.deepEqual([total, next], [2, undefined])
    assert.deepEqual(letters[0], {
      letter: '0/0',
      code: 'ERR_TENSOR',
      error: undefined,
      origin: undefined,
      attempts: undefined,
      diedMs: 1_000,
      id: 'd-0',
      timeMs: 1_000,
      retries: 0,
      key: null,
      sizeBytes: 1,
    })
    assert.equal(letters[1]?.letter, '0/2')
  })

  it('gives page after page, and counts all on each', async () => {
    await using opened = await boxOf(600)
    const ids: string[] = []
    let pages = 0
    for (let after: Awaited<ReturnType<typeof opened.list>>['next']; ; pages++) {
      const page = await opened.list({ limit: 150, after })
      assert.equal(page.total, 600)
      ids.push(...page.letters.map(({ id }) => id))
      after = page.next
      if (!after) break
    }
    assert.equal(pages, 3)
    assert.deepEqual(
      ids,
      Array.from({ length: 600 }, (_, index) => `d-${index}`),
    )
  })

  it('handles nothing, and is empty where there are none', async () => {
    await using opened = await boxOf(2)
    await opened.list()
    assert.equal((await opened.list()).total, 2)
    await using empty = await boxOf(0)
    assert.deepEqual(await empty.list(), { letters: [], total: 0 })
  })

  it('ends where no letter comes, though the broker counts more', async () => {
    await using opened = await boxOf(2)
    const lag = async () => 3
    const box = { ...opened.box, broker: { ...proxied(opened.broker), lag } }
    const page = await listLetters(box, { limit: 50, after: undefined, quietMs: 1 })
    assert.equal(page.total, 2)
  })
})

describe('handleLetters()', () => {
  it('sends all again, once, with everything after the failure gone', async () => {
    await using opened = await boxOf(300)
    assert.deepEqual(await opened.all('retry'), { handled: 300, missing: [] })
    assert.deepEqual(await opened.all('retry'), { handled: 0, missing: [] })
    const records = await readAll(opened.broker, 'in')
    assert.equal(records.length, 300)
    assert.deepEqual(
      records[7]?.headers.map(([name, value]) => `${name}=${Buffer.from(value)}`).slice(0, 1),
      ['fogline-id=d-7'],
    )
    assert.equal(records[7]?.headers.at(-1)?.[0], 'fogline-retry')
  })

  it('drops all without sending any', async () => {
    await using opened = await boxOf(3)
    assert.deepEqual(await opened.all('drop'), { handled: 3, missing: [] })
    assert.deepEqual(await opened.left(), [])
    assert.deepEqual(await opened.retried(), [])
  })

  it('takes some of them, in any order, and leaves the others for later', async () => {
    await using opened = await boxOf(5)
    assert.deepEqual(await opened.some('retry', '0/3', '0/1'), { handled: 2, missing: [] })
    assert.deepEqual(await opened.left(), ['d-0', 'd-2', 'd-4'])
    assert.deepEqual(await opened.some('drop', '0/0'), { handled: 1, missing: [] })
    assert.deepEqual(await opened.all('retry'), { handled: 2, missing: [] })
    assert.deepEqual(await opened.retried(), ['1', '3', '2', '4'])
    assert.deepEqual(await opened.left(), [])
  })

  it('names those that are not there, or were handled before', async () => {
    await using opened = await boxOf(2)
    await opened.some('drop', '0/0')
    const { handled, missing } = await opened.some('retry', '0/0', '0/1', '0/9', '7/0')
    assert.deepEqual([handled, missing], [1, ['0/0', '0/9', '7/0']])
  })

  it('leaves the letters of a retry that is not written where they are', async () => {
    await using opened = await boxOf(3)
    const box = { ...opened.box, inputTopic: 'missing' }
    const selection = { kind: 'all' } as const
    await assert.rejects(handleLetters(box, { verdict: 'retry', selection }, QUIET_MS), {
      code: 'ERR_BROKER',
    })
    assert.deepEqual(await opened.left(), ['d-0', 'd-1', 'd-2'])
    assert.deepEqual(await opened.all('retry'), { handled: 3, missing: [] })
  })

  it('takes no letter that came after its call', async () => {
    await using opened = await boxOf(2)
    const broker = {
      ...proxied(opened.broker),
      subscribe: async (options: Parameters<Broker['subscribe']>[0]) => {
        await die(opened.broker, 2)
        return opened.broker.subscribe(options)
      },
    }
    const selection = { kind: 'all' } as const
    const box = { ...opened.box, broker }
    const { handled } = await handleLetters(box, { verdict: 'drop', selection }, QUIET_MS)
    assert.equal(handled, 2)
    assert.deepEqual(await opened.left(), ['d-2'])
  })
})

describe('findLetter()', () => {
  it('finds a letter by its place, a handled one too', async () => {
    await using opened = await boxOf(3)
    await opened.all('drop')
    const found = await findLetter(opened.box, { partition: 0, offset: 1 }, QUIET_MS)
    assert.equal(Buffer.from(found?.value ?? []).toString(), '1')
  })

  it('gives up on one that is not there', async () => {
    await using opened = await boxOf(3)
    assert.equal(await findLetter(opened.box, { partition: 0, offset: 9 }, 1), undefined)
    assert.equal(await findLetter(opened.box, { partition: 1, offset: 0 }, 1), undefined)
  })

  it('fails where the broker does', async () => {
    await using opened = await boxOf(0)
    const lag = () =>
      Promise.reject(new FoglineError('Cannot reach it', { code: 'ERR_UNAVAILABLE' }))
    const box = { ...opened.box, broker: { ...proxied(opened.broker), lag } }
    await assert.rejects(findLetter(box, { partition: 0, offset: 0 }, QUIET_MS), {
      code: 'ERR_UNAVAILABLE',
    })
  })
})

/** A broker of which single methods may be replaced: those of a class are not its own fields. */
function proxied(broker: Broker): Broker {
  return {
    ensure: (topics) => broker.ensure(topics),
    produce: (records) => broker.produce(records),
    subscribe: (options) => broker.subscribe(options),
    read: (topic, from, signal) => broker.read(topic, from, signal),
    lag: (topic, group) => broker.lag(topic, group),
    close: () => broker.close(),
  }
}
