import { Producer, type ProducerOptions, txnOffsetCommitV4 } from '@platformatic/kafka'
import type { Offset } from '../../core/broker.ts'
import type { BytesConsumer, BytesProducer } from './bytes-clients.ts'
import { offsetEntries } from './offsets.ts'
import { type Message, sends } from './record-writer.ts'

/** What one transaction writes and commits. */
export interface TransactionContent {
  readonly messages: readonly Message[]
  readonly topic: string
  readonly offsets: readonly Offset[]
}

/** Writes outcomes and offsets together or not at all; one transaction at a time. */
export interface Transactions {
  /** Rejects with the client's error: then neither stands, or a later transaction finds out. */
  run(content: TransactionContent): Promise<void>
  close(): Promise<void>
}

/** The client sends 0 and 0 for a producer that has no id yet; the broker wants these. */
const NO_PRODUCER = { producerId: -1n, producerEpoch: -1 }

/** Transactions of the member that `consumer` is, by a producer of its own. */
export function transactions(
  consumer: BytesConsumer,
  options: ProducerOptions<Buffer, Buffer, Buffer, Buffer>,
): Transactions {
  let producer: BytesProducer | undefined
  return {
    run: async (content) => {
      producer ??= new Producer(options)
      try {
        await transact(producer, { consumer, content })
      } catch (error) {
        // Readers and other members would wait for one that stays open, until the broker gives it up.
        await producer.transaction?.abort().catch(() => {})
        // The next one begins under the same transactional id: what is open even so ends then.
        const broken = producer
        producer = undefined
        await broken.close(true).catch(() => {})
        throw error
      }
    },
    close: async () => {
      await producer?.close(true).catch(() => {})
    },
  }
}

async function transact(
  producer: BytesProducer,
  {
    consumer,
    content: { messages, topic, offsets },
  }: { readonly consumer: BytesConsumer; readonly content: TransactionContent },
): Promise<void> {
  const transaction = await producer.beginTransaction(NO_PRODUCER)
  for (const some of sends(messages)) await transaction.send({ messages: some })
  if (offsets.length > 0) {
    await transaction.addConsumer(consumer)
    const coordinator = await consumer.findGroupCoordinator()
    const connection = (await consumer.connectToBrokers([coordinator])).get(coordinator)
    const { producerId, producerEpoch } = producer
    if (!connection || producerId === undefined || producerEpoch === undefined) {
      throw new TypeError('A transaction has begun without a coordinator or a producer id')
    }
    // The client's own call commits one partition, and merges calls that overlap into the first.
    await txnOffsetCommitV4.api.async(
      connection,
      transaction.id,
      consumer.groupId,
      producerId,
      producerEpoch,
      consumer.generationId,
      consumer.memberId ?? '',
      consumer.groupInstanceId,
      [offsetEntries(topic, offsets)],
    )
  }
  await transaction.commit()
}
