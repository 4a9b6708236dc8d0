import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { openBroker } from '../brokers/open.ts'
import { messageOf } from '../std/errors.ts'
import { textLog } from '../std/log.ts'
import { startEnvelopeConnector } from './envelope-connector.ts'
import { kafkacConfig } from './kafkac-config.ts'

const log = textLog((line) => process.stderr.write(line), Date.now)

try {
  const path = process.env.KAFKAC_CONFIG || '/etc/kafkac/config.json'
  const config = kafkacConfig(await readFile(path, 'utf8'), process.env)
  const broker = await openBroker(config.broker, { log })
  const { random } = Math
  const connector = await startEnvelopeConnector({ config, broker, now: Date.now, random, log })
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  await connector.close()
  await broker.close()
} catch (error) {
  log('error', messageOf(error))
  process.exitCode = 1
}
