import type { Now } from '../std/clock.ts'
import { deadline } from '../std/deadline.ts'
import { FoglineError, messageOf } from '../std/errors.ts'
import type { Log } from '../std/log.ts'
import type { Copy, CopyOptions } from './copy.ts'
import type { FunctionDefinition } from './definition.ts'
import type { FaasLimits } from './limits.ts'
import { Replica } from './replica.ts'
import { StartBackOff } from './start-back-off.ts'

/** What a function's replicas are started with. */
export interface StarterOptions {
  readonly definition: FunctionDefinition
  /** Begins a copy in a thread or a process. */
  readonly startCopy: (options: CopyOptions) => Copy
  readonly limits: FaasLimits
  readonly now: Now
  readonly log: Log
}

/** Starts replicas of one function and keeps count of every copy until it has ended. */
export class Starter {
  readonly backOff: StartBackOff
  readonly #options: StarterOptions
  readonly #alive = new Set<Copy>()
  readonly #lingering = new Set<Copy>()
  readonly #abandoned = new WeakSet<Copy>()
  #starting = 0
  #started = 0

  constructor(options: StarterOptions) {
    this.#options = options
    this.backOff = new StartBackOff(options.now)
  }

  /** Replicas that are starting. */
  get starting(): number {
    return this.#starting
  }

  /** Replicas that have become available so far. */
  get started(): number {
    return this.#started
  }

  /** Replicas that were given up and still run. */
  get lingering(): number {
    return this.#lingering.size
  }

  /** Why no replica may be started now; undefined when one may. */
  get obstacle(): string | undefined {
    if (this.#lingering.size >= this.#options.limits.lingeringMax) {
      return `too many replicas that were given up still run (${this.#lingering.size})`
    }
    return this.backOff.waitMs > 0 ? this.backOff.reason : undefined
  }

  /**
   * Starts a replica and hands it to `join`; in that moment it stops counting as starting. Throws
   * ERR_FUNCTION with its own reason, or ERR_TIMEOUT, where it fails to start.
   */
  async start(join: (replica: Replica) => void): Promise<void> {
    const { definition, log, now } = this.#options
    const since = now()
    this.#starting++
    const replica = await this.#replica().catch((error) => {
      this.#starting--
      this.backOff.failed(messageOf(error))
      log('warn', messageOf(error), { retryMs: this.backOff.waitMs })
      throw error
    })
    this.#starting--
    log('debug', 'replica started', { function: definition.name, ms: now() - since })
    join(replica)
  }

  /** Gives up every copy that has not ended. */
  abandonAll(): void {
    for (const copy of this.#alive) this.#abandon(copy)
  }

  /** Resolves when no copy is left. */
  async allEnded(): Promise<void> {
    while (this.#alive.size > 0) await Promise.all([...this.#alive].map((copy) => copy.ended))
  }

  async #replica(): Promise<Replica> {
    const { definition, limits, now } = this.#options
    const copy = this.#begin()
    const port = await this.#listening(copy)
    const ordinal = ++this.#started
    const abandon = () => this.#abandon(copy)
    const isAbandoned = () => this.#abandoned.has(copy)
    return new Replica({ copy, port, ordinal, definition, limits, now, abandon, isAbandoned })
  }

  #abandon(copy: Copy): void {
    if (!this.#alive.has(copy) || this.#abandoned.has(copy)) return
    this.#abandoned.add(copy)
    this.#lingering.add(copy)
    copy.abandon()
  }

  #begin(): Copy {
    const { definition, limits, log, startCopy } = this.#options
    const copy = startCopy({ definition, log, killGraceMs: limits.killGraceMs })
    this.#alive.add(copy)
    void copy.ended.then(() => {
      this.#alive.delete(copy)
      this.#lingering.delete(copy)
    })
    return copy
  }

  async #listening(copy: Copy): Promise<number> {
    const timeoutMs = this.#options.limits.startTimeoutMs
    const error = () =>
      new FoglineError(
        `Cannot start function "${this.#options.definition.name}": it was not listening within ${timeoutMs} ms`,
        { code: 'ERR_TIMEOUT' },
      )
    try {
      return await deadline(copy.listening, { timeoutMs, error })
    } catch (error) {
      this.#abandon(copy)
      throw error
    }
  }
}
