import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A certificate authority of our own, a broker's certificate, and a client's; all PEM. */
export interface Certificates {
  readonly ca: string
  /** The broker's key and certificate, for localhost and 127.0.0.1. */
  readonly server: string
  readonly clientCert: string
  readonly clientKey: string
}

/** Makes certificates for two days by OpenSSL, in a `folder` that it creates. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await mkdir(folder, { recursive: true })
  const openssl = (...args: readonly string[]) =>
    promisify(execFile)('openssl', args, { cwd: folder })
  const issue = async (name: string, subject: string) => {
    await openssl('req', '-new', ...NEW_KEY, `${name}.key`, '-subj', subject, '-out', `${name}.csr`)
    await openssl('x509', '-req', '-in', `${name}.csr`, ...SIGNED, '-out', `${name}.crt`)
    const read = (ending: string) => readFile(join(folder, `${name}.${ending}`), 'utf8')
    return { key: await read('key'), cert: await read('crt') }
  }
  await writeFile(join(folder, 'names'), NAMES)
  const authority = ['-subj', '/CN=Fogline test authority', '-days', '2', '-out', 'ca.crt']
  await openssl('req', '-x509', ...NEW_KEY, 'ca.key', ...authority)
  const server = await issue('server', '/CN=localhost')
  const client = await issue('client', '/CN=fogline')
  return {
    ca: await readFile(join(folder, 'ca.crt'), 'utf8'),
    server: server.key + server.cert,
    clientCert: client.cert,
    clientKey: client.key,
  }
}

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes', '-keyout']

const SIGNED = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'].concat([
  '-extfile',
  'names',
])

const NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1\n'
