import type { Handler } from '../core/handler.ts'
import { FoglineError } from '../std/errors.ts'
import { errorAnswer, jsonAnswer } from './answers.ts'

/** A handler that can be brought to rest. */
export interface Drainable {
  /** As the handler it was made from, and health for OpenFaaS: `/_/health` and `/_/ready`. */
  readonly handler: Handler
  /** Whether `drain` was called. */
  draining(): boolean
  /** Not ready from now on, new calls get 503; resolves when the last call under way has ended. */
  drain(): Promise<void>
}

const READY_PATHS: ReadonlySet<string> = new Set(['/v2/health/ready', '/_/ready'])
const LIVE_PATHS: ReadonlySet<string> = new Set(['/v2/health/live', '/_/health'])
/** Those that the handler itself does not know. */
const OPENFAAS_PATHS: ReadonlySet<string> = new Set(['/_/ready', '/_/health'])

/** Makes `handler` drainable. */
export function drainable(handler: Handler): Drainable {
  let inFlight = 0
  let draining = false
  const rest = Promise.withResolvers<void>()
  const settle = () => {
    if (draining && inFlight === 0) rest.resolve()
  }
  return {
    draining: () => draining,
    async handler(request) {
      const { pathname } = new URL(request.url)
      if (draining && !LIVE_PATHS.has(pathname)) return stopping()
      if (OPENFAAS_PATHS.has(pathname)) return jsonAnswer({ [nameOf(pathname)]: true })
      inFlight++
      try {
        return await handler(request)
      } finally {
        inFlight--
        settle()
      }
    },
    drain() {
      draining = true
      settle()
      return rest.promise
    },
  }
}

function nameOf(path: string): 'ready' | 'live' {
  return READY_PATHS.has(path) ? 'ready' : 'live'
}

function stopping(): Response {
  return errorAnswer(
    new FoglineError('Cannot answer: the function is stopping', { code: 'ERR_UNAVAILABLE' }),
  )
}
