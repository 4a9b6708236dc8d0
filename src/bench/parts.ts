import { openBroker } from '../brokers/open.ts'
import type { Broker } from '../core/broker.ts'
import { zeros } from '../core/tensor.ts'
import { serve } from '../functions/server.ts'
import { loadSection } from '../models/load.ts'
import type { ModelSource } from '../models/sources/model-source.ts'
import { httpClient } from '../std/http-client.ts'

/** What one part costs, in microseconds of wall time; one after the other, nothing else at work. */
export interface PartsReport {
  /** Appending a record of one digit durably, one call a record, and 100 a call. */
  readonly append1: number
  readonly append100: number
  /** Reading a record and settling it with an outcome, in batches of 128. */
  readonly settle128: number
  /** An HTTP call with a body of one digit as FP32, and 128 of them. */
  readonly hop1: number
  readonly hop128: number
  /** A section on one sample, and a sample of 128, by tier. */
  readonly model1: Readonly<Record<string, number>>
  readonly model128: Readonly<Record<string, number>>
}

/** What to measure with. */
export interface PartsOptions {
  /** An empty folder. */
  readonly folder: string
  /** By tier. */
  readonly models: Readonly<Record<string, ModelSource>>
  readonly image: Uint8Array
}

const SINGLE_CALLS = 500
const BATCH = 128
const BATCH_CALLS = 50
const FLOAT_SIZE_BYTES = 4

/** Measures every part by itself. */
export async function measureParts(options: PartsOptions): Promise<PartsReport> {
  const broker = await measureBroker(options)
  const hop = await measureHops(options.image.length * FLOAT_SIZE_BYTES)
  const model1: Record<string, number> = {}
  const model128: Record<string, number> = {}
  for (const [tier, source] of Object.entries(options.models)) {
    const section = await loadSection(source)
    const spec = section.inputs[0] ?? { datatype: 'FP32', shape: [] }
    const run = (count: number) => () =>
      section.run([zeros(spec.datatype, [count, ...spec.shape.slice(1)])])
    model1[tier] = await perCall(SINGLE_CALLS, run(1))
    model128[tier] = (await perCall(BATCH_CALLS, run(BATCH))) / BATCH
    await section.close()
  }
  return { ...broker, ...hop, model1, model128 }
}

type BrokerParts = Pick<PartsReport, 'append1' | 'append100' | 'settle128'>

async function measureBroker({ folder, image }: PartsOptions): Promise<BrokerParts> {
  const broker = await openBroker(`embedded:${folder}`)
  try {
    await broker.ensure(['in', 'out'].map((name) => ({ name, partitions: 1 })))
    const record = (topic: string) => ({ topic, value: image, headers: [] })
    const records = Array.from({ length: 100 }, () => record('in'))
    const append1 = await perCall(SINGLE_CALLS, () => broker.produce([record('in')]))
    const append100 = (await perCall(BATCH_CALLS, () => broker.produce(records))) / records.length
    return { append1, append100, settle128: await measureSettling(broker, image) }
  } finally {
    await broker.close()
  }
}

async function measureSettling(broker: Broker, image: Uint8Array): Promise<number> {
  const subscription = await broker.subscribe({
    topic: 'in',
    group: 'bench',
    from: 'earliest',
    batchRecordsMax: BATCH,
    batchSizeBytesMax: BATCH * 10_000,
  })
  const startMs = performance.now()
  let settled = 0
  for await (const { partition, records } of subscription) {
    const next = (records.at(-1)?.offset ?? 0) + 1
    await subscription.settle(
      [{ partition, next }],
      records.map(() => ({ topic: 'out', value: image.subarray(0, 200), headers: [] })),
    )
    settled += records.length
    if (settled >= BATCH * BATCH_CALLS || records.length < BATCH) break
  }
  const microseconds = 1000 * (performance.now() - startMs)
  await subscription.close()
  return microseconds / settled
}

async function measureHops(sizeBytes: number): Promise<Pick<PartsReport, 'hop1' | 'hop128'>> {
  const server = await serve(async () => new Response('done'), { host: '127.0.0.1', port: 0 })
  const client = httpClient(`http://127.0.0.1:${server.port}`, {
    connectionsMax: 1,
    answerSizeBytesMax: 100,
  })
  const call = (body: Uint8Array) => () =>
    client.request({ method: 'POST', path: '/', body, timeoutMs: 10_000 })
  try {
    return {
      hop1: await perCall(SINGLE_CALLS, call(new Uint8Array(sizeBytes))),
      hop128: await perCall(BATCH_CALLS, call(new Uint8Array(BATCH * sizeBytes))),
    }
  } finally {
    await client.close()
    await server.close()
  }
}

/** Median microseconds of a call, after as many calls for warming up, at most 100. */
async function perCall(calls: number, act: () => Promise<unknown>): Promise<number> {
  for (let index = 0; index < Math.min(calls, 100); index++) await act()
  const microseconds: number[] = []
  for (let index = 0; index < calls; index++) {
    const startMs = performance.now()
    await act()
    microseconds.push(1000 * (performance.now() - startMs))
  }
  return microseconds.toSorted((a, b) => a - b)[calls >> 1] ?? 0
}
