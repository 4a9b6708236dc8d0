import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { forbidTelemetry } from '../src/models/telemetry.ts'
import { messageOf } from '../src/std/errors.ts'
import { type KafkaCluster, startKafka } from '../tools/kafka/cluster.ts'

// `npm test` runs each file in a process of its own; this runs in the process above them (node's
// --test-global-setup), starts one Kafka once the first of them asks, and ends it after the last.

/** The environment variable with the address to ask. */
export const KAFKA_STARTER = 'FOGLINE_TEST_KAFKA_STARTER'

let server: Server | undefined
let cluster: Promise<KafkaCluster> | undefined

/** Called by node before the first test file. */
export async function globalSetup(): Promise<void> {
  forbidTelemetry(process.env)
  server = createServer((_request, response) => {
    cluster ??= startKafka()
    cluster.then(
      (one) => response.end(one.servers().join()),
      (error) => response.writeHead(500).end(messageOf(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  process.env[KAFKA_STARTER] = `http://127.0.0.1:${port}/`
}

/** Called by node after the last test file. */
export async function globalTeardown(): Promise<void> {
  server?.close()
  server?.closeAllConnections()
  const started = await cluster?.catch(() => undefined)
  await started?.close()
}
