import assert from 'node:assert/strict'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openDoor } from '../../src/ingest/door-client.ts'
import { digitsFile, fogline, startUp } from './processes.ts'

const SAMPLES = 1000
const TIME_MAX_MS = 120_000

const state = { folder: '' }

before(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'fogline-tiers-'))
  assert.equal((await fogline(['init'], state.folder)).code, 0)
  for (const tier of ['fog', 'cloud']) await rename(model(tier), model(`${tier}-elsewhere`))
})

after(() => rm(state.folder, { recursive: true, force: true }))

describe('a tier alone', { timeout: TIME_MAX_MS }, () => {
  it('needs only its own model', async () => {
    const whole = await fogline(['validate'], state.folder)
    assert.equal(whole.code, 1)
    assert.match(whole.stderr, /tiers\[1\]\.model: file ".*fog\.keras" does not exist/)
    const edge = await fogline(['validate', '--tier', 'edge'], state.folder)
    assert.equal(edge.code, 0, edge.stderr)
    assert.doesNotMatch(edge.stdout, /cloud/)
  })

  it('that is misspelt is refused with the nearest name', async () => {
    const { code, stderr } = await fogline(['up', '--tier', 'egde'], state.folder)
    assert.equal(code, 1)
    assert.match(stderr, /^fogline: Cannot select tier "egde": .* \(did you mean "edge"\?\)\n$/)
  })

  it('works while the others run at another time', async () => {
    const lower = await startUp(state.folder, 0, ['--tier', 'edge'])
    const send = ['send', 'edge', digitsFile('digits.u8'), '--url', lower.url]
    assert.equal((await fogline(send, state.folder)).code, 0)
    const fromEdge = await idsOf(lower.url, ['edge-output', 'fog-input'], SAMPLES)
    assert.deepEqual([fromEdge.tiers, fromEdge.ids.size], [['edge'], SAMPLES])
    assert.equal(await lower.end('SIGTERM'), 0)

    for (const tier of ['fog', 'cloud']) await rename(model(`${tier}-elsewhere`), model(tier))
    await rm(model('edge'))
    const upper = await startUp(state.folder, 0, ['--tier', 'fog', '--tier', 'cloud'])
    const forwarded = fromEdge.counts.get('fog-input') ?? 0
    assert.ok(forwarded > 0 && forwarded < SAMPLES)
    const fromAbove = await idsOf(upper.url, ['fog-output', 'cloud-output'], forwarded)
    assert.deepEqual([fromAbove.tiers, fromAbove.ids.size], [['fog', 'cloud'], forwarded])
    assert.equal(await upper.end('SIGTERM'), 0)
  })
})

function model(name: string): string {
  return join(state.folder, 'models', `${name}.keras`)
}

/** The ids of the first `count` records of some topics together, and the tiers of that door. */
async function idsOf(url: string, topics: readonly string[], count: number) {
  const door = openDoor(url)
  const enough = new AbortController()
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(TIME_MAX_MS)])
  const ids = new Set<string | undefined>()
  const counts = new Map<string, number>()
  const follow = async (topic: string) => {
    try {
      for await (const { headers } of door.records(topic, 'earliest', signal)) {
        ids.add(headers['fogline-id'])
        counts.set(topic, (counts.get(topic) ?? 0) + 1)
        if (ids.size === count) enough.abort()
      }
    } catch (error) {
      if (!enough.signal.aborted) throw error
    }
  }
  try {
    const tiers = (await door.tiers(AbortSignal.timeout(TIME_MAX_MS))).map(({ name }) => name)
    await Promise.all(topics.map(follow))
    return { ids, counts, tiers }
  } finally {
    await door.close()
  }
}
