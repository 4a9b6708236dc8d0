import { parentPort } from 'node:worker_threads'

/**
 * Resolves when this function shall end: on SIGTERM or SIGINT, on `{ kind: 'stop' }` from the parent
 * of a worker thread or of a forked process, or when the latter is gone. A second signal kills.
 */
export async function stopRequested(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const heard = (message: unknown) => {
    if (isStop(message)) resolve()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  process.once('disconnect', () => resolve())
  process.on('message', heard)
  parentPort?.on('message', heard)
  await promise
  // Either of them would keep this thread or process running.
  parentPort?.close()
  if (process.connected) process.disconnect()
}

function isStop(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop'
  )
}
