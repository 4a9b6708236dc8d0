import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readDigits } from '../../src/bench/digits.ts'
import { withBroker } from '../../src/bench/with-broker.ts'
import type { DoorRecord } from '../../src/ingest/door.ts'
import { openDoor } from '../../src/ingest/door-client.ts'
import { readPipeline } from '../../src/pipeline/read-pipeline.ts'
import { startPipeline } from '../../src/pipeline/start.ts'
import { localEntries } from '../../src/platforms/local.ts'
import { noLog } from '../../src/std/log.ts'

const DIGITS = fileURLToPath(new URL('../../examples/digits', import.meta.url))
const CRASHING = new URL('../fixtures/functions/crash-on-mark.main.ts', import.meta.url)
const SAMPLES = 200
const MARKED = 100
const TIME_MAX_MS = 60_000

for (const isolation of ['thread', 'process'] as const) {
  it(`a record that crashes its replica (${isolation}) becomes a dead letter, all others are answered`, {
    timeout: TIME_MAX_MS,
  }, async () => {
    const example = withBroker(await readPipeline(join(DIGITS, 'fogline.yaml')), 'memory:')
    const platform = { type: 'local', isolation } as const
    const tiers = example.tiers.map((tier) => ({ ...tier, platform }))
    const running = await startPipeline(
      { ...example, tiers },
      {
        port: 0,
        log: noLog,
        now: Date.now,
        entries: { ...localEntries(), inference: CRASHING },
      },
    )
    const door = openDoor(running.url)
    const signal = AbortSignal.timeout(TIME_MAX_MS)
    try {
      const { images } = await readDigits(DIGITS, SAMPLES)
      const answers = first(door.records('edge-input.dlq', 'earliest', signal))
      await Promise.all(
        images.map(async (image, index) => {
          const body = Uint8Array.from(image)
          if (index === MARKED) body[0] = 255
          const headers = {
            'content-type': 'application/octet-stream',
            'fogline-id': `digit-${index}`,
            'fogline-key': `device-${index % 10}`,
          }
          assert.equal((await door.ingest('edge', { body, headers }, signal)).status, 202)
        }),
      )
      const letter = await answers
      assert.equal(letter.headers['fogline-id'], `digit-${MARKED}`)
      assert.equal(letter.headers['fogline-error-code'], 'ERR_FUNCTION')
      assert.equal(letter.headers['fogline-attempts'], '5')
      while ((await settled(running)) < SAMPLES) await sleep(10, undefined, { signal })
      const status = await running.status()
      assert.equal(sum(status.map((tier) => tier.exits)), SAMPLES - 1)
      assert.equal(sum(status.map((tier) => tier.deadLetters)), 1)
    } finally {
      await door.close()
      await running.close()
    }
  })
}

async function first(records: AsyncIterable<DoorRecord>): Promise<DoorRecord> {
  for await (const record of records) return record
  throw new Error('the topic ended')
}

async function settled(running: Awaited<ReturnType<typeof startPipeline>>): Promise<number> {
  const status = await running.status()
  return sum(status.map((tier) => tier.exits + tier.deadLetters))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
