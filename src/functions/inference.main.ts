import { forbidTelemetry } from '../models/telemetry.ts'
import { messageOf } from '../std/errors.ts'
import { textLog } from '../std/log.ts'
import { announce } from './announce.ts'
import { withFissionFile } from './fission-file.ts'
import { inferenceConfig } from './inference-config.ts'
import { inferenceFunction } from './inference-function.ts'
import { serve } from './server.ts'
import { stopRequested } from './stop-requested.ts'

const log = textLog((line) => process.stderr.write(line), Date.now)

forbidTelemetry(process.env)

try {
  const config = inferenceConfig(await withFissionFile(process.env))
  const { handler, close } = await inferenceFunction(config, log)
  const server = await serve(handler, { ...config.listen, log })
  // Before anybody hears of it: who hears may ask it to end at once.
  const stopped = stopRequested()
  announce({ kind: 'listening', port: server.port }, log)
  await stopped
  await server.close()
  await close()
} catch (error) {
  announce({ kind: 'failed', message: messageOf(error) }, log)
  process.exitCode = 1
}
