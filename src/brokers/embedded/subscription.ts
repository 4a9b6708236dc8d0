import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Batch, NewRecord, Offset, Subscription } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import type { Group, Member } from './group.ts'
import type { PageLimits } from './page.ts'

/** What a member of a group needs of its broker. */
export interface EmbeddedSubscriptionOptions {
  readonly group: Group
  readonly limits: PageLimits
  /** Appends `outcomes` and commits `offsets` in one transaction. */
  readonly settle: (offsets: readonly Offset[], outcomes: readonly NewRecord[]) => Promise<void>
  /** Commits what was gathered: it belongs to the group as it is now. */
  readonly flush: () => void
  /** Told once, when it has left the group. */
  readonly onClose: (subscription: EmbeddedSubscription) => void
}

/** A member of a group of the embedded broker. It reads a batch when it is asked for one. */
export class EmbeddedSubscription implements Subscription {
  readonly #options: EmbeddedSubscriptionOptions
  readonly #paused = new Set<number>()
  readonly #member: Member
  #iterated = false
  #closed = false

  constructor(options: EmbeddedSubscriptionOptions) {
    this.#options = options
    this.#member = { limits: options.limits, paused: this.#paused, turn: 0 }
    options.flush()
    options.group.join(this.#member)
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    if (this.#iterated) throw this.#refusal('iterate', 'it was iterated before (once)')
    this.#iterated = true
    return this.#batches()
  }

  async *#batches(): AsyncGenerator<Batch, void, void> {
    const { group } = this.#options
    while (!this.#closed) {
      const batch = group.take(this.#member)
      if (batch) {
        yield batch
        // A backlog must not keep timers and sockets from their turn.
        await nextTurn()
      } else {
        await group.topic.bell.wait()
      }
    }
  }

  async settle(offsets: readonly Offset[], outcomes: readonly NewRecord[]): Promise<void> {
    if (this.#closed) throw this.#refusal('settle records of', 'it is closed')
    for (const offset of offsets) this.#options.group.check(this.#member, offset)
    await this.#options.settle(offsets, outcomes)
  }

  pause(partition: number): void {
    this.#paused.add(partition)
  }

  resume(partition: number): void {
    this.#paused.delete(partition)
    this.#options.group.topic.bell.ring()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#options.flush()
    this.#closed = true
    this.#options.group.leave(this.#member)
    this.#options.onClose(this)
  }

  #refusal(action: string, state: string): FoglineError {
    const name = this.#options.group.topic.name
    return new FoglineError(`Cannot ${action} subscription to topic "${name}": ${state}`, {
      code: 'ERR_BROKER',
    })
  }
}
