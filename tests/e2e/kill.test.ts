import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDoor } from '../../src/ingest/door-client.ts'
import { randomNumbers } from '../fixtures/random.ts'
import { digitsFile, fogline, freePort, startUp } from './processes.ts'

const SAMPLES = 5000
const KILLS = 20
const SENDERS = 4
/** Of the whole test. */
const TIME_MAX_MS = 300_000

it('every acknowledged sample is answered exactly once, whenever `up` is killed', {
  timeout: TIME_MAX_MS,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fogline-kill-'))
  const signal = AbortSignal.timeout(TIME_MAX_MS)
  try {
    assert.equal((await fogline(['init'], folder)).code, 0)
    const port = await freePort()
    const digits = await readFile(digitsFile('digits.u8'))
    const random = randomNumbers(42)
    const acknowledged = new Set<string>()
    let up = await startUp(folder, port)

    const sent = Promise.all(
      Array.from({ length: SENDERS }, (_, sender) =>
        sendAll({ url: up.url, digits, sender, acknowledged, signal }),
      ),
    )
    for (let kill = 1; kill <= KILLS; kill++) {
      // Spread over the sending: each kill comes at a random moment of its share of the samples.
      const due = ((kill - 1 + random()) * SAMPLES) / (KILLS + 1)
      while (acknowledged.size < due) await sleep(5, undefined, { signal })
      await up.end('SIGKILL')
      up = await startUp(folder, port)
    }
    await sent
    assert.equal(acknowledged.size, SAMPLES)

    const answers = await answersOf(up.url, signal)
    assert.equal(answers.size, SAMPLES)
    const wrong = [...acknowledged].filter((id) => answers.get(id) !== 1)
    assert.deepEqual(wrong, [])
    assert.equal(await up.end('SIGTERM'), 0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

interface Sending {
  readonly url: string
  readonly digits: Uint8Array
  readonly sender: number
  readonly acknowledged: Set<string>
  readonly signal: AbortSignal
}

/** Sends this sender's share; what is not acknowledged is sent again under the same id. */
async function sendAll({ url, digits, sender, acknowledged, signal }: Sending): Promise<void> {
  const door = openDoor(url)
  try {
    for (let index = sender; index < SAMPLES; index += SENDERS) {
      const id = `sample-${index}`
      const at = (index % 1000) * 784
      const headers = {
        'content-type': 'application/octet-stream',
        'fogline-id': id,
        'fogline-key': `device-${sender}`,
      }
      const sample = { body: digits.subarray(at, at + 784), headers }
      while (!acknowledged.has(id)) {
        const answer = await door.ingest('edge', sample, signal).catch(() => undefined)
        if (answer?.status === 202) acknowledged.add(id)
        else await sleep(20, undefined, { signal })
      }
    }
  } finally {
    await door.close()
  }
}

/** How often each id was answered, once as many as were sent are answered and no lag is left. */
async function answersOf(url: string, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const door = openDoor(url)
  const enough = new AbortController()
  const counts = new Map<string, number>()
  const follow = async (topic: string) => {
    const stop = AbortSignal.any([signal, enough.signal])
    try {
      for await (const { value } of door.records(topic, 'earliest', stop)) {
        const { id } = value as { readonly id: string }
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
    } catch (error) {
      if (!stop.aborted) throw error
    }
  }
  const followed = ['edge-output', 'fog-output', 'cloud-output'].map(follow)
  while (counts.size < SAMPLES) await sleep(20, undefined, { signal })
  // A second answer would follow the first closely: give it time to be written and read.
  await sleep(1000, undefined, { signal })
  enough.abort()
  await Promise.all(followed)
  await door.close()
  return counts
}
