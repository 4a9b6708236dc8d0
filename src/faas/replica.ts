import type { Now } from '../std/clock.ts'
import { settlesWithin } from '../std/deadline.ts'
import { type ErrorCode, FoglineError, isFoglineError } from '../std/errors.ts'
import { type HttpAnswer, type HttpClient, httpClient } from '../std/http-client.ts'
import type { Copy } from './copy.ts'
import type { FunctionDefinition } from './definition.ts'
import type { Invocation } from './invocation.ts'
import type { FaasLimits } from './limits.ts'

/** What a replica is made of. */
export interface ReplicaOptions {
  readonly copy: Copy
  readonly port: number
  /** The how-manieth of its function to become available, from 1. */
  readonly ordinal: number
  readonly definition: FunctionDefinition
  readonly limits: FaasLimits
  readonly now: Now
  /** Gives its copy up, which also counts it as lingering. */
  readonly abandon: () => void
  readonly isAbandoned: () => boolean
}

/** After a broken connection the news of the replica's end follows within milliseconds. */
const ENDED_NEWS_MS = 500

/** A running copy that listens: counts what is in flight, and turns its failures into errors. */
export class Replica {
  readonly copy: Copy
  readonly ordinal: number
  readonly #options: ReplicaOptions
  readonly #client: HttpClient
  #inFlight = 0
  #answered = 0
  #idleSince: number
  #onIdle: (() => void) | undefined

  constructor(options: ReplicaOptions) {
    this.copy = options.copy
    this.ordinal = options.ordinal
    this.#options = options
    this.#idleSince = options.now()
    this.#client = httpClient(`http://127.0.0.1:${options.port}`, {
      connectionsMax: options.definition.scaling.targetConcurrency,
      answerSizeBytesMax: options.limits.answerSizeBytesMax,
    })
    void this.copy.ended.then(() => this.#client.close())
  }

  /** Invocations that it works on. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Invocations that it has answered. */
  get answered(): number {
    return this.#answered
  }

  /** Since when nothing is in flight, in ms since the epoch; undefined while something is. */
  get idleSince(): number | undefined {
    return this.#inFlight === 0 ? this.#idleSince : undefined
  }

  /**
   * Has it work on `invocation`. Throws ERR_FUNCTION where the replica ends or breaks off meanwhile,
   * ERR_TIMEOUT past the function's time, ERR_UNAVAILABLE where the invocation did not reach it.
   */
  async invoke(invocation: Invocation): Promise<HttpAnswer> {
    const { method, path, headers, body } = invocation
    const { timeoutMs } = this.#options.definition
    this.#inFlight++
    try {
      const answer = await this.#client.request({ method, path, headers, body, timeoutMs })
      this.#answered++
      return answer
    } catch (error) {
      throw await this.#failure(error)
    } finally {
      this.#inFlight--
      this.#idleSince = this.#options.now()
      if (this.#inFlight === 0) this.#onIdle?.()
    }
  }

  /** Lets what is in flight come to its end, then has the copy stop, by force if it does not. */
  async retire(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    this.copy.stop()
    const inTime = await settlesWithin(this.copy.ended, this.#options.limits.stopTimeoutMs)
    if (!inTime) this.abandon()
  }

  /** Gives it up: what else is in flight may still be answered, and fails as unavailable if not. */
  abandon(): void {
    this.#options.abandon()
  }

  async #failure(cause: unknown): Promise<FoglineError> {
    const { definition, limits } = this.#options
    const failure = (code: ErrorCode, problem: string) =>
      new FoglineError(`Cannot invoke "${definition.name}": ${problem}`, { code })
    if (isFoglineError(cause, 'ERR_TIMEOUT')) {
      return failure('ERR_TIMEOUT', `it did not answer within ${definition.timeoutMs} ms`)
    }
    if (isFoglineError(cause, 'ERR_LIMIT')) {
      return failure('ERR_FUNCTION', `its answer exceeds ${limits.answerSizeBytesMax} bytes`)
    }
    if (this.#options.isAbandoned()) {
      return failure('ERR_UNAVAILABLE', 'its replica was stopped because of another invocation')
    }
    if (isRefused(cause)) return failure('ERR_UNAVAILABLE', 'its replica has just ended')
    return (await settlesWithin(this.copy.ended, ENDED_NEWS_MS))
      ? failure('ERR_FUNCTION', 'its replica ended while it worked on this')
      : failure('ERR_FUNCTION', 'its answer broke off')
  }
}

/** Whether the call did not even connect: the replica cannot have begun to work on it. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}
