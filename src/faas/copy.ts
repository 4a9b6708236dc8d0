import { FoglineError } from '../std/errors.ts'
import type { Log } from '../std/log.ts'
import { announcementOf } from './announcement.ts'
import type { FunctionDefinition } from './definition.ts'

/** One running copy of a function's program: a thread or a process with an HTTP server in it. */
export interface Copy {
  /** The port on 127.0.0.1. Rejects with ERR_FUNCTION and its own reason where it does not come so far. */
  readonly listening: Promise<number>
  /** Why it ended, in words: `exit code 1`. Never rejects. */
  readonly ended: Promise<string>
  /** Asks it to answer what it has and end. */
  stop(): void
  /**
   * Gives it up. A process is ended by force. A thread cannot be (see copy-thread.ts): it is asked to
   * stop, keeps no program alive any longer, and ends when its run returns.
   */
  abandon(): void
}

/** What a copy is started from. */
export interface CopyOptions {
  readonly definition: FunctionDefinition
  readonly killGraceMs: number
  /** Gets what the program prints, line by line: stdout belongs to whoever started Fogline. */
  readonly log: Log
}

/** The promises of a copy, and what settles them. */
export interface Life {
  readonly listening: Promise<number>
  readonly ended: Promise<string>
  /** Takes what the program sent. */
  heard(message: unknown): void
  /** Takes its end. */
  over(reason: string): void
}

/** The life of a copy of the function `name`, not yet begun. */
export function newLife(name: string): Life {
  const listening = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<string>()
  // Whoever waits for it gets the rejection; nobody has to.
  listening.promise.catch(() => {})
  const failed = (reason: string) =>
    listening.reject(
      new FoglineError(`Cannot start function "${name}": ${reason}`, { code: 'ERR_FUNCTION' }),
    )
  return {
    listening: listening.promise,
    ended: ended.promise,
    heard: (message) => {
      const announcement = announcementOf(message)
      if (announcement?.kind === 'listening') listening.resolve(announcement.port)
      if (announcement?.kind === 'failed') failed(announcement.message)
    },
    over: (reason) => {
      failed(`it ended before it was listening (${reason})`)
      ended.resolve(reason)
    },
  }
}
