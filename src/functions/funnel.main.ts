import { openBroker } from '../brokers/open.ts'
import { messageOf } from '../std/errors.ts'
import { textLog } from '../std/log.ts'
import { announce } from './announce.ts'
import { withFissionFile } from './fission-file.ts'
import { funnelHandler } from './funnel.ts'
import { funnelConfig } from './funnel-config.ts'
import { serve } from './server.ts'
import { stopRequested } from './stop-requested.ts'

const log = textLog((line) => process.stderr.write(line), Date.now)

try {
  const config = funnelConfig(await withFissionFile(process.env))
  const { topic, timeoutMs, listen } = config
  const broker = await openBroker(config.broker, { log })
  const handler = funnelHandler({ broker, topic, timeoutMs, now: Date.now, log })
  const server = await serve(handler, { ...listen, log })
  // Before anybody hears of it: who hears may ask it to end at once.
  const stopped = stopRequested()
  announce({ kind: 'listening', port: server.port }, log)
  await stopped
  await server.close()
  await broker.close()
} catch (error) {
  announce({ kind: 'failed', message: messageOf(error) }, log)
  process.exitCode = 1
}
