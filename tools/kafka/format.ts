import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FoglineError } from '../../src/std/errors.ts'
import { type Certificates, makeCertificates } from './certificates.ts'
import { runJava } from './java.ts'
import { scramArguments, tlsSettings } from './security.ts'
import { type BrokerPlace, brokerSettings, propertiesFileOf, propertiesText } from './settings.ts'

/** Certificates, and the settings that name their files. */
export interface ClusterTls {
  readonly certificates: Certificates
  readonly settings: Readonly<Record<string, string>>
}

/** Makes certificates for a cluster in its `folder`. */
export async function makeTls(folder: string): Promise<ClusterTls> {
  const certificates = await makeCertificates(join(folder, 'certificates'))
  const [server, ca] = [join(folder, 'server.pem'), join(folder, 'ca.pem')]
  await writeFile(server, certificates.server)
  await writeFile(ca, certificates.ca)
  return { certificates, settings: tlsSettings(server, ca) }
}

/** Writes each broker's settings (`settings` over ours) and gives it a formatted folder. */
export async function formatBrokers(
  places: readonly BrokerPlace[],
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  // A UUID as Kafka writes it.
  const clusterId = randomBytes(16).toString('base64url')
  const format = async (place: BrokerPlace) => {
    const file = propertiesFileOf(place)
    await mkdir(place.folder)
    await writeFile(file, propertiesText({ ...brokerSettings(place, places), ...settings }))
    // The equals sign: an id may begin with a dash.
    const args = ['format', `--cluster-id=${clusterId}`, '--config', file, ...scramArguments()]
    const { code, stdout, stderr } = await runJava({ main: 'kafka.tools.StorageTool', args })
    if (code === 0) return
    throw new FoglineError(`Cannot format "${place.folder}" for Kafka: ${stdout}${stderr}`, {
      code: 'ERR_UNAVAILABLE',
    })
  }
  await Promise.all(places.map(format))
}
