import { connect } from 'node:tls'
import type { ClientOptions } from './client-options.ts'

/** A broker refuses a certificate within a round trip after the handshake. */
const PATIENCE_MS = 500

/**
 * Why `server` ends encrypted connections, by its TLS alert, or undefined where it does not. Since
 * TLS 1.3 a client's certificate is refused after the handshake, and the Kafka client tells of it
 * only that the connection was closed.
 */
export function tlsRefusal(
  server: string,
  { tls, tlsServerName }: Pick<ClientOptions, 'tls' | 'tlsServerName'>,
): Promise<Error | undefined> {
  if (!tls) return Promise.resolve(undefined)
  const { hostname, port } = new URL(`tls://${server}`)
  const { promise, resolve } = Promise.withResolvers<Error | undefined>()
  const socket = connect({
    ...tls,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    ...(tlsServerName !== undefined && { servername: tlsServerName }),
  })
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
  socket.on('error', (error) => resolve(isAlert(error) ? error : undefined))
  socket.on('close', () => resolve(undefined))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

function isAlert(error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('ERR_SSL_')
}
