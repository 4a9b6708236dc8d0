import { type ResourceLimits, Worker } from 'node:worker_threads'
import { messageOf } from '../std/errors.ts'
import { LISTEN_ENV, STOP } from './announcement.ts'
import { type Copy, type CopyOptions, newLife } from './copy.ts'
import { forwardLines } from './output-lines.ts'

/**
 * Bounds of a replica's JavaScript heap; tensors and the model live outside of it. Requests leave
 * little that is young; the old generation leaves room to convert a model of tens of MB.
 */
const RESOURCE_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 }

/**
 * Starts a copy in a worker thread: quick and small, and gone with the whole process if it crashes
 * natively. `worker.terminate()` is never called: during an inference it aborts the process.
 */
export function threadCopy({ definition, log }: CopyOptions): Copy {
  const { name, entry, env } = definition
  const life = newLife(name)
  const worker = new Worker(entry, {
    name,
    env: { ...env, ...LISTEN_ENV },
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: RESOURCE_LIMITS,
  })
  let error: unknown
  worker.on('message', life.heard)
  worker.on('error', (cause) => {
    error = cause
  })
  worker.once('exit', (code) => life.over(error ? messageOf(error) : `exit code ${code}`))
  for (const stream of [worker.stdout, worker.stderr]) {
    forwardLines(stream, (line) => log('info', line, { function: name }))
  }
  return {
    listening: life.listening,
    ended: life.ended,
    stop: () => worker.postMessage(STOP),
    abandon: () => {
      worker.postMessage(STOP)
      letGo(worker)
    },
  }
}

/** Has `worker` keep this process alive no longer; reading its output would, whatever `unref` says. */
function letGo(worker: Worker): void {
  for (const stream of [worker.stdout, worker.stderr]) {
    // What it prints after this end is an error of the stream.
    stream.on('error', () => {})
    stream.push(null)
  }
  worker.unref()
}
