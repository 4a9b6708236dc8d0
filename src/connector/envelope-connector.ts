import type { Broker } from '../core/broker.ts'
import type { Now } from '../std/clock.ts'
import { type HttpClient, httpClient } from '../std/http-client.ts'
import type { Log } from '../std/log.ts'
import { type Connector, startConnector } from './connector.ts'
import { envelopeInvoke, NO_DECODER } from './envelope-invoke.ts'
import type { KafkacConfig } from './kafkac-config.ts'

/** What the prototype's connector, played by ours, is made of. */
export interface EnvelopeConnectorOptions {
  readonly config: Omit<KafkacConfig, 'broker'>
  readonly broker: Broker
  readonly now: Now
  readonly random: () => number
  readonly log: Log
}

/** Fission gives a function a minute; what takes longer is tried again. */
const CALL_TIMEOUT_MS = 65_000

/** Calls at a time, of all partitions. */
const CONNECTIONS_MAX = 256

/** The body of an answer is read, and at most logged. */
const ANSWER_SIZE_BYTES_MAX = 1024 * 1024

/** A topic of dead letters is rarely written. */
const DEAD_LETTER_PARTITIONS = 1

/**
 * Starts the prototype's connector: each record of each topic is posted as an envelope, several of a
 * partition at a time, those of one key in order; done is what is answered with 2xx. What is no JSON,
 * or fails again and again while others do not, goes to `<topic>.dlq`.
 */
export async function startEnvelopeConnector(
  options: EnvelopeConnectorOptions,
): Promise<Pick<Connector, 'close' | 'ready'>> {
  const { broker, config } = options
  await broker.ensure(
    config.topics.map((topic) => ({
      name: deadLetterTopic(topic),
      partitions: DEAD_LETTER_PARTITIONS,
    })),
  )
  const client = httpClient(config.callback.url.origin, {
    connectionsMax: CONNECTIONS_MAX,
    answerSizeBytesMax: ANSWER_SIZE_BYTES_MAX,
  })
  const connectors = config.topics.map((topic) => connectorOf(topic, { options, client }))
  return {
    ready: Promise.all(connectors.map(({ ready }) => ready)).then(() => {}),
    close: async () => {
      await Promise.all(connectors.map((connector) => connector.close()))
      await client.close()
    },
  }
}

function connectorOf(
  topic: string,
  { options, client }: { readonly options: EnvelopeConnectorOptions; readonly client: HttpClient },
): Connector {
  const { broker, config, now, random, log } = options
  const { url, method, headers } = config.callback
  return startConnector({
    tier: topic,
    input: { broker, topic, group: config.group, decoder: NO_DECODER },
    output: { broker, topic },
    deadLetterTopic: deadLetterTopic(topic),
    rule: () => 'final',
    reading: { from: 'probabilities', temperature: 1 },
    invoke: envelopeInvoke({
      client,
      method,
      path: `${url.pathname}${url.search}`,
      headers,
      timeoutMs: CALL_TIMEOUT_MS,
    }),
    limits: { invocationRecordsMax: 1, invocationsPerPartitionMax: config.concurrency },
    now,
    random,
    log: (level, message, fields) => log(level, message, { topic, ...fields }),
  })
}

function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`
}
