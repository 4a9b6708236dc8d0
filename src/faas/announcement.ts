/**
 * What a replica's program says, once: over `parentPort` in a worker thread, over IPC in a process.
 * It is asked to end by the message `{ kind: 'stop' }`: then it answers what it has and ends by itself.
 */
export type Announcement =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }

/** Asks a replica's program to answer what it has and end. */
export const STOP = { kind: 'stop' } as const

/** Where a replica's program has to listen: loopback only, on any free port. */
export const LISTEN_ENV = { FOGLINE_HOST: '127.0.0.1', FOGLINE_PORT: '0' } as const

const PORT_MAX = 65_535

/** The announcement that `message` is; undefined for anything else that a program may send. */
export function announcementOf(message: unknown): Announcement | undefined {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return undefined
  if (message.kind === 'listening' && 'port' in message && isPort(message.port)) {
    return { kind: 'listening', port: message.port }
  }
  if (message.kind === 'failed' && 'message' in message) {
    return { kind: 'failed', message: String(message.message) }
  }
  return undefined
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= PORT_MAX
}
