import { type Consumer as AnyConsumer, Consumer, type Message, Producer } from '@platformatic/kafka'

/**
 * The bare loop that the edge tier is held against: consume, produce idempotently with acks of all,
 * commit; the same client, compression, group protocol and bounds, nothing in between. Prints one
 * JSON line: `bare-loop.ts SERVER INPUT OUTPUT GROUP SECONDS`.
 */
const [server = '', input = '', output = '', group = '', seconds = '20'] = process.argv.slice(2)

/** As many as fit a fetch of the edge tier's. */
const BATCH_RECORDS_MAX = 512
const WARM_UP_MS = 2_000

const shared = { clientId: 'bare', bootstrapBrokers: [server], retries: 1_000, retryDelay: 50 }
const consumer: AnyConsumer<Buffer, Buffer, Buffer, Buffer> = new Consumer({
  ...shared,
  groupId: group,
  sessionTimeout: 10_000,
  rebalanceTimeout: 15_000,
})
const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
  ...shared,
  idempotent: true,
  compression: 'lz4',
})
const stream = await consumer.consume({
  topics: [input],
  mode: 'committed',
  fallbackMode: 'earliest',
  autocommit: false,
  highWaterMark: 1024,
  maxBytes: 4 * 1024 * 1024,
  maxBytesPerPartition: 512 * 1024,
  maxWaitTime: 250,
})

let count = 0
let start = { atMs: 0, cpu: process.cpuUsage(), count: 0 }
setTimeout(() => {
  start = { atMs: performance.now(), cpu: process.cpuUsage(), count }
}, WARM_UP_MS)
setTimeout(finish, WARM_UP_MS + 1_000 * Number(seconds))

let batch: Message<Buffer, Buffer, Buffer, Buffer>[] = []
for await (const message of stream) {
  batch.push(message)
  if (batch.length < BATCH_RECORDS_MAX && stream.readableLength > 0) continue
  await pass(batch)
  count += batch.length
  batch = []
}

function finish(): void {
  const cpu = process.cpuUsage(start.cpu)
  process.stdout.write(
    `${JSON.stringify({
      perSecond: (1_000 * (count - start.count)) / (performance.now() - start.atMs),
      cpuMicroseconds: (cpu.user + cpu.system) / (count - start.count),
      peakRssMB: process.resourceUsage().maxRSS / 1_000,
    })}\n`,
  )
  process.exit(0)
}

async function pass(messages: readonly Message<Buffer, Buffer, Buffer, Buffer>[]): Promise<void> {
  await producer.send({
    messages: messages.map(({ key, value, partition }) => ({
      topic: output,
      key,
      value,
      partition,
    })),
  })
  const offsets = new Map<number, bigint>()
  for (const { partition, offset } of messages) offsets.set(partition, offset + 1n)
  await consumer.commit({
    offsets: Array.from(offsets, ([partition, offset]) => ({
      topic: input,
      partition,
      offset,
      leaderEpoch: -1,
    })),
  })
}
