import type { Broker } from '../core/broker.ts'
import type { Now } from '../std/clock.ts'
import { FoglineError } from '../std/errors.ts'
import { type Log, noLog } from '../std/log.ts'
import { embeddedBroker } from './embedded/broker.ts'
import { openFolder, openMemory } from './embedded/database.ts'
import { KAFKA_ADDRESS_FORM, kafkaConfigOf } from './kafka/address.ts'
import type { KafkaConfig } from './kafka/kafka-config.ts'

/** What brokers may need besides their address. */
export interface OpenBrokerOptions {
  readonly log?: Log
  readonly now?: Now
}

/** What a broker is made of: its address, the part after the scheme, and options with defaults. */
interface Opening extends Required<OpenBrokerOptions> {
  readonly address: string
  readonly rest: string
}

interface Scheme {
  /** How addresses of the scheme look, for messages. */
  readonly form: string
  readonly open: (opening: Opening) => Promise<Broker>
}

/** Every kind of broker, by scheme. To add one: write its folder, add its line here. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  embedded: { form: 'embedded:FOLDER', open: openEmbedded },
  kafka: {
    form: KAFKA_ADDRESS_FORM,
    open: (opening) => openKafka(kafkaConfigOf(opening.address), opening),
  },
  memory: { form: 'memory:', open: openInMemory },
}

/**
 * The broker at `address`: `embedded:FOLDER` keeps its topics in FOLDER, `memory:` gives a new empty
 * broker at each call, `kafka://HOST:PORT` is a cluster. ERR_CONFIG for an address of another form, ERR_BROKER if it cannot be opened.
 */
export async function openBroker(
  address: string | KafkaConfig,
  options: OpenBrokerOptions = {},
): Promise<Broker> {
  if (typeof address !== 'string') return openKafka(address, { log: noLog, ...options })
  const [, name = '', rest = ''] = /^([a-z]+):(.*)$/.exec(address) ?? []
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  if (!scheme) throw refusal(address)
  return await scheme.open({ log: noLog, now: Date.now, ...options, address, rest })
}

async function openEmbedded({ address, rest, log, now }: Opening): Promise<Broker> {
  if (rest === '') throw refusal(address)
  return embeddedBroker({
    database: openFolder(rest),
    name: `embedded broker "${rest}"`,
    log,
    now,
  })
}

async function openInMemory({ address, rest, log, now }: Opening): Promise<Broker> {
  if (rest !== '') throw refusal(address)
  return embeddedBroker({ database: openMemory(), name: 'broker in memory', log, now })
}

async function openKafka(config: KafkaConfig, { log }: { readonly log: Log }): Promise<Broker> {
  // Loaded where it is needed: a tenth of a second that no edge without Kafka pays.
  const { kafkaBroker } = await import('./kafka/broker.ts')
  return kafkaBroker({ config, log, random: Math.random })
}

function refusal(address: string): FoglineError {
  const forms = Object.values(SCHEMES).map(({ form }) => `"${form}"`)
  return new FoglineError(
    `Cannot open broker "${address}": not an address (${forms.join(' or ')})`,
    { code: 'ERR_CONFIG' },
  )
}
