import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FoglineError } from '../../src/std/errors.ts'
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts'
import { freePort } from './free-port.ts'
import { runJava } from './java.ts'
import { type BrokerPlace, brokerSettings, type ListenerName, propertiesText } from './settings.ts'

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
}

/** A running Apache Kafka of our own. */
export interface KafkaCluster {
  /** `host:port` of each broker. */
  servers(listener?: ListenerName): readonly string[]
  /** Ends broker `id` (from 1 on); its ports and its data stay. */
  stopBroker(id: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts a stopped broker again; resolves once it answers. */
  startBroker(id: number): Promise<void>
  /** Ends all and removes the data. */
  close(): Promise<void>
}

/** Starts a cluster on 127.0.0.1; it ends with this process at the latest. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'fogline-kafka-'))
  const places = await placesOf(folder, options)
  const running = new Map<number, BrokerProcess>()
  const placeOf = (id: number) => {
    const place = places.find((one) => one.id === id)
    if (!place) throw new RangeError(`No broker ${id} of ${places.length}`)
    return place
  }
  const cluster: KafkaCluster = {
    servers: (listener = 'plain') => places.map((place) => serverOf(place, listener)),
    startBroker: async (id) => {
      const { ports, folder: own } = placeOf(id)
      const start = { id, propertiesFile: `${own}.properties`, port: ports.internal, folder }
      running.set(id, await startBrokerProcess(start))
    },
    stopBroker: async (id, signal) => {
      await running.get(placeOf(id).id)?.stop(signal)
      running.delete(id)
    },
    close: async () => {
      await Promise.all([...running.keys()].map((id) => cluster.stopBroker(id, 'SIGKILL')))
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await format(places, options.settings)
    await Promise.all(places.map(({ id }) => cluster.startBroker(id)))
    return cluster
  } catch (error) {
    await cluster.close()
    throw error
  }
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

function serverOf(place: BrokerPlace, name: ListenerName): string {
  const listener = place.listeners.find((one) => one.name === name)
  if (!listener) throw new RangeError(`No listener "${name}" was asked for`)
  return `127.0.0.1:${listener.port}`
}

async function format(
  places: readonly BrokerPlace[],
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const clusterId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
  await Promise.all(
    places.map(async (place) => {
      await mkdir(place.folder)
      const file = `${place.folder}.properties`
      await writeFile(file, propertiesText({ ...brokerSettings(place, places), ...settings }))
      const args = ['format', '--cluster-id', clusterId, '--config', file]
      const { code, stdout, stderr } = await runJava({ main: 'kafka.tools.StorageTool', args })
      if (code === 0) return
      throw new FoglineError(`Cannot format a Kafka folder: ${stdout}${stderr}`, {
        code: 'ERR_UNAVAILABLE',
      })
    }),
  )
}
