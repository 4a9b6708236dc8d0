import { spawnSync } from 'node:child_process'
import { messageOf } from '../../src/std/errors.ts'
import { kafkaClassPath } from './jars.ts'

/** Kafka 4 brokers refuse an older one. */
const JAVA_MIN = 17

/** What this machine lacks to run Kafka, in words; undefined if nothing. Fetches the jars, once. */
export function whatKafkaLacks(listeners: 'plain' | 'any'): string | undefined {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const version = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1])
  if (!(version >= JAVA_MIN)) return `Apache Kafka needs Java ${JAVA_MIN} or later`
  if (listeners === 'any' && spawnSync('openssl', ['version']).status !== 0) {
    return "Apache Kafka's certificates are made by OpenSSL, which is missing"
  }
  try {
    kafkaClassPath()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
