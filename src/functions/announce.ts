import { parentPort } from 'node:worker_threads'
import type { Log } from '../std/log.ts'

/** What a function tells the one that started it, once. */
export type Announcement =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }

/** Tells it to the parent: of a worker thread, of a forked process, else of nobody: to the log. */
export function announce(announcement: Announcement, log: Log): void {
  if (parentPort) parentPort.postMessage(announcement)
  else if (process.send) process.send(announcement)
  else if (announcement.kind === 'listening') log('info', 'Listening', { port: announcement.port })
  else log('error', announcement.message)
}
