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

const LIVE_PATHS: ReadonlySet<string> = new Set(['/v2/health/live', '/_/health'])

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
      if (draining) return LIVE_PATHS.has(pathname) ? jsonAnswer({ live: true }) : stopping()
      if (pathname === '/_/health') return jsonAnswer({ live: true })
      if (pathname === '/_/ready') return jsonAnswer({ ready: true })
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

function stopping(): Response {
  return errorAnswer(
    new FoglineError('Cannot answer: the function is stopping', { code: 'ERR_UNAVAILABLE' }),
  )
}
