import type { Now } from '../std/clock.ts'

/** The wait after a first failed start; each further one in a row doubles it. */
const FIRST_MS = 250

/** So that a function whose cause of failure has gone comes back by itself soon enough. */
const LONGEST_MS = 15_000

/** How long to wait after so many failed starts in a row: 250 ms, doubled each time, to 15 s. */
export function backOffMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
}

/** Keeps a function that fails to start from being started over and over. */
export class StartBackOff {
  readonly #now: Now
  #failures = 0
  #until = 0
  #reason = ''

  constructor(now: Now) {
    this.#now = now
  }

  /** Milliseconds until the next start is allowed; 0 when it is. */
  get waitMs(): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#until - this.#now())
  }

  /** Why the latest start failed. */
  get reason(): string {
    return this.#reason
  }

  /** A start failed, or its replica ended before it had answered anything. */
  failed(reason: string): void {
    this.#failures++
    this.#reason = reason
    this.#until = this.#now() + backOffMs(this.#failures)
  }

  /** A replica has shown that it works. */
  succeeded(): void {
    this.#failures = 0
  }
}
