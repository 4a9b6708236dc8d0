import { loadSection } from '../models/load.ts'
import { chooseOutputs } from '../models/outputs.ts'
import { messageOf } from '../std/errors.ts'
import { textLog } from '../std/log.ts'
import { packageVersion } from '../std/package-version.ts'
import { announce } from './announce.ts'
import { inferenceHandler } from './inference.ts'
import { inferenceConfig } from './inference-config.ts'
import { serve } from './server.ts'
import { stopRequested } from './stop-requested.ts'

const log = textLog((line) => process.stderr.write(line), Date.now)

try {
  const { model, name, outputs, listen } = inferenceConfig(process.env)
  const section = await loadSection(model)
  const { prediction, features } =
    outputs.prediction === undefined
      ? chooseOutputs(section.outputs, { configured: outputs })
      : { prediction: outputs.prediction, features: outputs.features }
  const version = packageVersion()
  const handler = inferenceHandler({ section, name, prediction, features, version, log })
  const server = await serve(handler, { ...listen, log })
  announce({ kind: 'listening', port: server.port }, log)
  await stopRequested()
  await server.close()
  await section.close()
} catch (error) {
  announce({ kind: 'failed', message: messageOf(error) }, log)
  process.exitCode = 1
}
