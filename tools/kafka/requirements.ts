import { execFileSync } from 'node:child_process'
import { hasKafkaJars } from './jars.ts'

/** What this machine lacks to run Kafka, as a sentence; undefined if nothing. */
export function whatKafkaLacks(): string | undefined {
  if (!runs('java', '-version')) return 'Apache Kafka needs Java 17 or later (java)'
  if (!hasKafkaJars() && !runs('mvn', '--version')) return 'Apache Kafka is fetched by Maven (mvn)'
  return undefined
}

function runs(program: string, argument: string): boolean {
  try {
    execFileSync(program, [argument], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
