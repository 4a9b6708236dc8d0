import { Consumer, Producer } from '@platformatic/kafka'

/**
 * Two hops with nothing in between: produce, consume, produce, consume, at 50 a second, one process,
 * one clock. Prints the sorted times in ms as JSON: `bare-latency.ts SERVER INPUT OUTPUT SECONDS`.
 */
const [server = '', input = '', output = '', seconds = '20'] = process.argv.slice(2)
const PER_SECOND = 50

const shared = { clientId: 'bare', bootstrapBrokers: [server], retries: 1_000, retryDelay: 50 }
const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
  ...shared,
  idempotent: true,
  compression: 'lz4',
})
const streams = await Promise.all(
  [input, output].map((topic) =>
    new Consumer<Buffer, Buffer, Buffer, Buffer>({
      ...shared,
      groupId: `bare-${topic}-${process.pid}`,
    }).consume({
      topics: [topic],
      mode: 'latest',
      autocommit: false,
      maxWaitTime: 250,
    }),
  ),
)
const times: number[] = []
streams[0]?.on('data', ({ value, partition }) => {
  void producer.send({ messages: [{ topic: output, value, partition }] })
})
streams[1]?.on('data', ({ value }) => times.push(performance.now() - value.readDoubleLE(0)))
await new Promise((resolve) => setTimeout(resolve, 1_000))
for (let sent = 0; sent < PER_SECOND * Number(seconds); sent++) {
  const value = Buffer.alloc(784)
  value.writeDoubleLE(performance.now())
  await producer.send({ messages: [{ topic: input, value, partition: sent % 4 }] })
  await new Promise((resolve) => setTimeout(resolve, 1_000 / PER_SECOND))
}
await new Promise((resolve) => setTimeout(resolve, 500))
process.stdout.write(`${JSON.stringify(times.toSorted((a, b) => a - b))}\n`)
process.exit(0)
