import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../src/std/errors.ts'
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts'
import type { Certificates } from './certificates.ts'
import { formatBrokers, makeTls } from './format.ts'
import { freePort } from './free-port.ts'
import { isEncrypted, type ListenerName } from './security.ts'
import type { BrokerPlace } from './settings.ts'

/** What a cluster is like. */
export interface KafkaOptions {
  readonly brokers?: 1 | 2 | 3
  readonly listeners?: readonly ListenerName[]
  /** A port for the `plain` listener of the first broker, where a free one will not do. */
  readonly port?: number
  /** What the `proxied` listener of each broker tells clients to connect to, broker by broker. */
  readonly advertise?: readonly number[]
  /** Kafka's own settings, over ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** For minutes of work, as of a bench: starts half a second later, then goes faster. */
  readonly isLongLived?: boolean
}

/** Two clusters that start at once may pick one port. */
const ATTEMPTS_MAX = 3

/** Starts an Apache Kafka on 127.0.0.1; it ends with this process at the latest (ERR_UNAVAILABLE). */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), 'fogline-kafka-'))
    try {
      return await startIn(folder, options)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      const isPortTaken = messageOf(error).includes('Address already in use')
      if (!isPortTaken || options.port || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

/** A cluster's folder and brokers. */
interface ClusterParts {
  readonly folder: string
  readonly places: readonly BrokerPlace[]
  readonly isLongLived: boolean
  readonly tls: Certificates | undefined
}

/** An Apache Kafka of our own. */
export class KafkaCluster {
  readonly #parts: ClusterParts
  readonly #running = new Map<number, BrokerProcess>()

  constructor(parts: ClusterParts) {
    this.#parts = parts
  }

  /** What the encrypted listeners show and ask for. */
  get certificates(): Certificates {
    if (!this.#parts.tls) throw new RangeError('No encrypted listener was asked for')
    return this.#parts.tls
  }

  /** `host:port` of each broker. */
  servers(name: ListenerName = 'plain'): readonly string[] {
    return this.#parts.places.map(({ listeners }) => {
      const listener = listeners.find((one) => one.name === name)
      if (!listener) throw new RangeError(`No listener "${name}" was asked for`)
      return `127.0.0.1:${listener.port}`
    })
  }

  /** Ends broker `id` (from 1 on); its ports and its data stay. */
  async stopBroker(id: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.#running.get(id)?.stop(signal)
    this.#running.delete(id)
  }

  /** Starts a stopped broker again; resolves once the cluster counts it in. */
  async startBroker(id: number): Promise<void> {
    const { places, folder, isLongLived } = this.#parts
    const place = places.find((one) => one.id === id)
    if (!place || this.#running.has(id)) throw new RangeError(`No broker ${id} to start`)
    this.#running.set(id, await startBrokerProcess({ place, clusterFolder: folder, isLongLived }))
  }

  /** Ends all and removes the data. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.stopBroker(id, 'SIGKILL')))
    await rm(this.#parts.folder, { recursive: true, force: true })
  }
}

async function startIn(folder: string, options: KafkaOptions): Promise<KafkaCluster> {
  const { listeners = [], settings, isLongLived = false } = options
  const places = await placesOf(folder, options)
  const tls = listeners.some(isEncrypted) ? await makeTls(folder) : undefined
  await formatBrokers(places, { ...tls?.settings, ...settings })
  const cluster = new KafkaCluster({ folder, places, isLongLived, tls: tls?.certificates })
  const starts = await Promise.allSettled(places.map(({ id }) => cluster.startBroker(id)))
  const failed = starts.find((one) => one.status === 'rejected')
  if (!failed) return cluster
  await cluster.close()
  throw failed.reason
}

async function placesOf(folder: string, options: KafkaOptions): Promise<readonly BrokerPlace[]> {
  const { brokers = 1, listeners = ['plain'], advertise = [] } = options
  const places: BrokerPlace[] = []
  for (let id = 1; id <= brokers; id++) {
    const ports = { controller: await freePort(), internal: await freePort() }
    const own: BrokerPlace['listeners'][number][] = []
    for (const name of listeners) {
      const asked = id === 1 && name === 'plain' ? options.port : undefined
      const port = asked ?? (await freePort())
      const advertisedPort = (name === 'proxied' ? advertise[id - 1] : undefined) ?? port
      own.push({ name, port, advertisedPort })
    }
    places.push({ id, folder: join(folder, String(id)), ports, listeners: own })
  }
  return places
}
