import { FoglineError } from '../std/errors.ts'
import type { Invocation } from './invocation.ts'
import type { FaasLimits } from './limits.ts'
import type { Replica } from './replica.ts'

/** An invocation that waits for a replica. */
export interface Waiting {
  readonly invocation: Invocation
  /** Hands it to a replica. */
  take(replica: Replica): void
  fail(error: unknown): void
}

/** Invocations that wait for a replica, first come first served; bounded in number, bytes and time. */
export class WaitingLine {
  readonly #name: string
  readonly #limits: FaasLimits
  /** With what ends its timer. A map keeps the order, and lets those who give up leave from the middle. */
  readonly #line = new Map<Waiting, () => void>()
  #sizeBytes = 0

  constructor(name: string, limits: FaasLimits) {
    this.#name = name
    this.#limits = limits
  }

  get length(): number {
    return this.#line.size
  }

  /** Throws ERR_LIMIT where it is full. Who waits too long, or whose caller goes, fails and leaves. */
  add(waiting: Waiting): void {
    const { queueLengthMax, queueSizeBytesMax, queueWaitMsMax } = this.#limits
    const { body, signal } = waiting.invocation
    const sizeBytes = this.#sizeBytes + body.byteLength
    const isFull = this.length >= queueLengthMax
    if (isFull || (this.length > 0 && sizeBytes > queueSizeBytesMax)) {
      throw this.#error('ERR_LIMIT', `${this.length} invocations wait already`)
    }
    const leave = (code: 'ERR_UNAVAILABLE' | 'ERR_REQUEST', problem: string) => {
      this.#remove(waiting)
      waiting.fail(this.#error(code, problem))
    }
    const late = () => leave('ERR_UNAVAILABLE', `no replica was free within ${queueWaitMsMax} ms`)
    const gone = () => leave('ERR_REQUEST', 'its caller has gone')
    const timer = setTimeout(late, queueWaitMsMax)
    signal?.addEventListener('abort', gone, { once: true })
    this.#line.set(waiting, () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', gone)
    })
    this.#sizeBytes = sizeBytes
    if (signal?.aborted) gone()
  }

  /** Takes out who came first. */
  shift(): Waiting | undefined {
    const [first] = this.#line.keys()
    if (first) this.#remove(first)
    return first
  }

  /** Fails all who wait as unavailable, for this reason. */
  failAll(reason: string): void {
    for (let next = this.shift(); next; next = this.shift()) {
      next.fail(this.#error('ERR_UNAVAILABLE', reason))
    }
  }

  #remove(waiting: Waiting): void {
    this.#line.get(waiting)?.()
    if (this.#line.delete(waiting)) this.#sizeBytes -= waiting.invocation.body.byteLength
  }

  #error(code: 'ERR_LIMIT' | 'ERR_UNAVAILABLE' | 'ERR_REQUEST', problem: string): FoglineError {
    return new FoglineError(`Cannot invoke "${this.#name}": ${problem}`, { code })
  }
}
