import { resolve } from 'node:path'
import { kafkaServers } from '../../brokers/kafka/address.ts'

/** What a broker's address may be, for people. */
export const ADDRESS_ALLOWED = 'embedded:FOLDER, memory or kafka://HOST:PORT'

/** What a Kafka cluster's address may be, for people. */
export const KAFKA_ALLOWED = 'kafka://HOST:PORT, further brokers after commas'

/** What a broker's address looks like; YAML takes `memory:` for a mapping unless it is quoted. */
export const ADDRESS_PATTERN: RegExp = /^(embedded:[^\0]{1,4000}|memory:?|kafka:\/\/[^\0]{1,4000})$/

/** What a Kafka cluster's address looks like. */
export const KAFKA_PATTERN: RegExp = /^kafka:\/\/[^\0]{1,4000}$/

/** The broker of a file that names none; relative to the file. */
export const DEFAULT_ADDRESS = 'embedded:./.fogline/data'

const EMBEDDED = 'embedded:'

/** A broker's key, or what its address may be instead. */
export type ResolvedAddress =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'wrong'; readonly allowed: string }

/**
 * The key of the broker at `address`, by which equal addresses are one broker: `memory:`; `embedded:`
 * and a folder made absolute from `folder` on; `kafka://` and the servers in their own order.
 */
export function resolveAddress(address: string, folder: string): ResolvedAddress {
  if (!ADDRESS_PATTERN.test(address)) return { kind: 'wrong', allowed: ADDRESS_ALLOWED }
  if (KAFKA_PATTERN.test(address)) return resolveKafka(address)
  if (!address.startsWith(EMBEDDED)) return { kind: 'key', key: 'memory:' }
  return { kind: 'key', key: `${EMBEDDED}${resolve(folder, address.slice(EMBEDDED.length))}` }
}

function resolveKafka(address: string): ResolvedAddress {
  if (address.includes('@')) {
    return { kind: 'wrong', allowed: 'no credentials here: a mapping with address and sasl' }
  }
  try {
    const servers = kafkaServers(address).map((server) => server.toLowerCase())
    return { kind: 'key', key: `kafka://${[...new Set(servers)].toSorted().join(',')}` }
  } catch {
    return { kind: 'wrong', allowed: KAFKA_ALLOWED }
  }
}
