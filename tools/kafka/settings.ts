import { kafkaNameOf, type ListenerName, protocolOf, securitySettings } from './security.ts'

/** One broker's place in its cluster. */
export interface BrokerPlace {
  /** From 1 on. */
  readonly id: number
  readonly folder: string
  readonly ports: Readonly<Record<'controller' | 'internal', number>>
  readonly listeners: readonly Listener[]
}

/** Where a broker listens, and what it tells clients to connect to. */
export interface Listener {
  readonly name: ListenerName
  readonly port: number
  readonly advertisedPort: number
}

/** Every broker is a controller, too: three of them outlive the loss of one. */
export function brokerSettings(
  place: BrokerPlace,
  cluster: readonly BrokerPlace[],
): Readonly<Record<string, string>> {
  const { id, folder, ports, listeners } = place
  const copies = String(cluster.length)
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': cluster
      .map((one) => `${one.id}@127.0.0.1:${one.ports.controller}`)
      .join(),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': folder,
    listeners: [
      `CONTROLLER://127.0.0.1:${ports.controller}`,
      `INTERNAL://127.0.0.1:${ports.internal}`,
      ...listeners.map((one) => `${kafkaNameOf(one.name)}://127.0.0.1:${one.port}`),
    ].join(),
    'advertised.listeners': [
      `INTERNAL://127.0.0.1:${ports.internal}`,
      ...listeners.map((one) => `${kafkaNameOf(one.name)}://127.0.0.1:${one.advertisedPort}`),
    ].join(),
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      'INTERNAL:PLAINTEXT',
      ...listeners.map((one) => `${kafkaNameOf(one.name)}:${protocolOf(one.name)}`),
    ].join(),
    'default.replication.factor': copies,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'share.coordinator.state.topic.replication.factor': copies,
    // Three brokers: a record that was acknowledged outlives any one of them.
    'min.insync.replicas': cluster.length === 3 ? '2' : '1',
    ...Object.assign({}, ...listeners.map((one) => securitySettings(one.name))),
    ...SMALL_AND_QUICK,
  }
}

/** Where a broker's settings are. */
export function propertiesFileOf(place: BrokerPlace): string {
  return `${place.folder}.properties`
}

/** Settings as a properties file. */
export function propertiesText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`)
    .join('')
}

/** A cluster for tests: few partitions of its own topics, small buffers, no waiting. */
const SMALL_AND_QUICK: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'false',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.num.partitions': '4',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.coordinator.rebalance.protocols': 'classic,consumer',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  // A broker that was killed is missed after three seconds, not nine.
  'broker.heartbeat.interval.ms': '500',
  'broker.session.timeout.ms': '3000',
  'num.network.threads': '2',
  'num.io.threads': '4',
  'log.cleaner.dedupe.buffer.size': '4194304',
}
