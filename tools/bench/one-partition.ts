import { setTimeout as sleep } from 'node:timers/promises'
import { openBroker } from '../../src/brokers/open.ts'
import { renamed } from '../../tests/fixtures/connector/renamed.ts'
import { answerOf, sampleRecord, startRig } from '../../tests/fixtures/connector/rig.ts'

/**
 * One partition, 20 keys, a handler of 5 ms: how long the records take, one record an invocation
 * and as many invocations as keys, and in batches as by default. Prints one JSON line:
 * `one-partition.ts SERVER NAME RECORDS`.
 */
const [server = '', name = '', records = '2000'] = process.argv.slice(2)
const HANDLER_MS = 5
const KEYS = 20

async function run(prefix: string, limits: Readonly<Record<string, number>>): Promise<number> {
  const broker = renamed(await openBroker(`kafka://${server}`), prefix)
  const topics = ['edge-input', 'edge-output', 'fog-input', 'edge-input.dlq']
  await broker.ensure(topics.map((topic) => ({ name: topic, partitions: 1 })))
  await broker.produce(
    Array.from({ length: Number(records) }, (_, at) => sampleRecord([at, 1], `k${at % KEYS}`)),
  )
  const startMs = performance.now()
  const connector = startRig({
    broker,
    limits,
    invoke: async (invocation) => {
      await sleep(HANDLER_MS)
      return answerOf(invocation)
    },
  })
  while ((await broker.lag('edge-input', 'digits-edge')) > 0) await sleep(10)
  const tookMs = performance.now() - startMs
  await connector.close()
  await broker.close()
  return tookMs
}

const apart = await run(`${name}-apart`, {
  invocationRecordsMax: 1,
  invocationsPerPartitionMax: KEYS,
})
const batched = await run(`${name}-batched`, {})
const serialMs = HANDLER_MS * Number(records)
process.stdout.write(`${JSON.stringify({ serialMs, apart, batched })}\n`)
process.exit(0)
