import { setTimeout } from 'node:timers/promises'

/** Resolves after `delayMs`, or as soon as `signal` aborts. A parameter, so that tests need not wait. */
export type Delay = (delayMs: number, signal: AbortSignal) => Promise<void>

/** The delay by the system's timers. */
export const realDelay: Delay = (delayMs, signal) =>
  setTimeout(delayMs, undefined, { signal }).catch(() => {})
