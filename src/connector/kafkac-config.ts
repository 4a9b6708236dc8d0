import { kafkaConfigOf } from '../brokers/kafka/address.ts'
import type { KafkaConfig } from '../brokers/kafka/kafka-config.ts'
import { FoglineError } from '../std/errors.ts'
import { type Settings, settingsFromJson } from '../std/settings.ts'

/** The settings of the thesis prototype's connector. */
export interface KafkacConfig {
  readonly broker: KafkaConfig
  readonly topics: readonly string[]
  readonly group: string
  /** Records that are under way at a time, a partition. */
  readonly concurrency: number
  readonly callback: {
    readonly url: URL
    readonly method: 'POST' | 'PUT'
    readonly headers: Readonly<Record<string, string>>
  }
}

/** The prototype's own, of client and group. */
const NAME = 'kafka-connector'

/**
 * The prototype was deployed with 4 096, of which it used one a partition. Two at least: a record that
 * fails is told from a function that does by another one.
 */
const CONCURRENCY_MIN = 2
const CONCURRENCY_MAX = 64

/** An environment, as `process.env`. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the prototype's config.json, and over it KAFKAC_TOPIC, KAFKAC_GROUPID and KAFKAC_CALLBACK_URL.
 * Without effect are `clientid` and `callback.retries` and `.retrySleep`: what is away is waited for
 * without end, and what fails alone is a dead letter after five attempts. Throws ERR_CONFIG.
 */
export function kafkacConfig(json: string, env: Environment): KafkacConfig {
  const file = settingsFromJson(json, 'config.json')
  const brokers = file.texts('brokers') ?? []
  if (brokers.length === 0) throw refusal('"brokers" are missing')
  const topic = env.KAFKAC_TOPIC
  const topics = topic ? [topic] : (file.texts('topic') ?? [])
  if (topics.length === 0) throw refusal('"topic" is missing')
  return {
    broker: kafkaConfigOf(`kafka://${brokers.join(',')}`),
    topics,
    group: env.KAFKAC_GROUPID || (file.text('groupid') ?? NAME),
    concurrency: Math.min(
      CONCURRENCY_MAX,
      Math.max(CONCURRENCY_MIN, Math.floor(file.number('concurrency') ?? 1)),
    ),
    callback: callbackOf(file.inner('callback'), env),
  }
}

function callbackOf(callback: Settings | undefined, env: Environment): KafkacConfig['callback'] {
  const text = env.KAFKAC_CALLBACK_URL || callback?.text('url')
  if (!text) throw refusal('"callback.url" is missing')
  const url = URL.parse(text)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw refusal(`"callback.url" is "${text}" (expected an address of HTTP)`)
  }
  const options = callback?.inner('options')
  const method = options?.text('method') ?? 'POST'
  if (method !== 'POST' && method !== 'PUT') {
    throw refusal(`"callback.options.method" is "${method}" (expected POST or PUT)`)
  }
  const headers = options?.inner('headers')
  return {
    url,
    method,
    headers: Object.fromEntries(
      (headers?.keys ?? []).map((name) => [name.toLowerCase(), headers?.text(name) ?? '']),
    ),
  }
}

function refusal(state: string): FoglineError {
  return new FoglineError(`Cannot use config.json: ${state}`, { code: 'ERR_CONFIG' })
}
