import { fileURLToPath } from 'node:url'
import { readDigits } from '../../src/bench/digits.ts'
import { openBroker } from '../../src/brokers/open.ts'

const DIGITS = fileURLToPath(new URL('../../examples/digits', import.meta.url))
const RECORDS_A_CALL = 500
const CALLS_AT_A_TIME = 8
/** Devices whose digits keep their order. */
const KEYS = 20

/** Creates topics of four partitions and fills the first with `count` real digits of 784 bytes. */
export async function fill(
  server: string,
  { topics, count }: { readonly topics: readonly string[]; readonly count: number },
): Promise<void> {
  const [topic = ''] = topics
  const broker = await openBroker(`kafka://${server}`)
  await broker.ensure(topics.map((name) => ({ name, partitions: 4 })))
  const { images } = await readDigits(DIGITS, 1_000)
  const recordsAt = (start: number) =>
    Array.from({ length: Math.min(RECORDS_A_CALL, count - start) }, (_, at) => ({
      topic,
      key: Buffer.from(`device-${(start + at) % KEYS}`),
      value: images[(start + at) % images.length] ?? new Uint8Array(),
      headers: [],
    }))
  for (let start = 0; start < count; start += RECORDS_A_CALL * CALLS_AT_A_TIME) {
    const starts = Array.from({ length: CALLS_AT_A_TIME }, (_, at) => start + at * RECORDS_A_CALL)
    await Promise.all(starts.filter((at) => at < count).map((at) => broker.produce(recordsAt(at))))
  }
  await broker.close()
}
