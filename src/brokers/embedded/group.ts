import type { Batch, Offset } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import { assign } from './assignment.ts'
import { type PageLimits, readPage } from './page.ts'
import { mergeProgress, nextUnfinished, type Progress } from './progress.ts'
import type { Store } from './store.ts'
import type { Partition, Topic } from './topic.ts'
import type { Transaction } from './transaction.ts'

/**
 * Ranges finished ahead that one partition of a group may have: a member takes at most 10 000 records
 * beyond what is contiguous, and every second of them may be finished.
 */
const AHEAD_RANGES_MAX = 10_000

/** Who takes batches. */
export interface Member {
  readonly limits: PageLimits
  /** Numbers of partitions to give no batches of. */
  readonly paused: ReadonlySet<number>
  /** The partition to look at first, so that partitions take turns; `take` moves it on. */
  turn: number
}

/** A partition as the group sees it. */
interface Share {
  readonly partition: Partition
  /** As committed. */
  readonly progress: Progress
  owner: Member | undefined
  /** The offset from which its owner is given records next. */
  position: number
}

/** What a Group is made of. */
export interface GroupOptions {
  readonly store: Store
  readonly topic: Topic
  readonly name: string
}

/** The members of a group on one topic, and how far it is. */
export class Group {
  readonly #options: GroupOptions
  readonly #shares: readonly Share[]
  readonly #members = new Set<Member>()

  /** Reads how far the group is; it must have joined. */
  constructor(options: GroupOptions) {
    const { store, topic, name } = options
    this.#options = options
    this.#shares = topic.partitions.map((partition) => {
      const progress = store.progress(partition.log, name) ?? { next: partition.first, ahead: [] }
      return { partition, progress, owner: undefined, position: 0 }
    })
  }

  get topic(): Topic {
    return this.#options.topic
  }

  join(member: Member): void {
    this.#members.add(member)
    this.#rebalance()
  }

  leave(member: Member): void {
    this.#members.delete(member)
    this.#rebalance()
  }

  /** A new owner is given again what the old one did not settle. */
  #rebalance(): void {
    const owners = assign(
      this.#shares.map(({ owner }) => owner),
      [...this.#members],
    )
    for (const [number, share] of this.#shares.entries()) {
      if (share.owner === owners[number]) continue
      share.owner = owners[number]
      share.position = share.progress.next
    }
    this.topic.bell.ring()
  }

  /** The next batch for `member`, or undefined if there is none now. */
  take(member: Member): Batch | undefined {
    for (let tried = 0; tried < this.#shares.length; tried++) {
      const number = (member.turn + tried) % this.#shares.length
      const share = this.#shares[number]
      if (share?.owner !== member || member.paused.has(number)) continue
      const records = this.#read(share, member.limits)
      if (records.length === 0) continue
      member.turn = number + 1
      return { topic: this.topic.name, partition: number, records }
    }
    return undefined
  }

  #read(share: Share, limits: PageLimits): Batch['records'] {
    const { partition, progress } = share
    const range = nextUnfinished(progress, Math.max(share.position, partition.first))
    const page = { store: this.#options.store, topic: this.topic, limits }
    const records = readPage(page, partition, range)
    const last = records.at(-1)
    if (last) share.position = last.offset + 1
    return records
  }

  /** Throws ERR_BROKER unless `member` may settle `offset`, ERR_LIMIT for too many ranges ahead. */
  check(member: Member, { partition, next, ahead = [] }: Offset): void {
    const action = `settle partition ${partition} of topic "${this.topic.name}"`
    const share = this.#shares[partition]
    if (share?.owner !== member) {
      throw new FoglineError(
        `Cannot ${action} for group "${this.#options.name}": this member does not have it (any more)`,
        { code: 'ERR_BROKER' },
      )
    }
    if (ahead.length > AHEAD_RANGES_MAX) {
      throw new FoglineError(
        `Cannot ${action}: ${ahead.length} ranges ahead (at most ${AHEAD_RANGES_MAX})`,
        { code: 'ERR_LIMIT' },
      )
    }
    const end = share.partition.next
    const places = [next, ...ahead.flatMap((range) => [range.start, range.end])]
    const wrong = places.find((at) => !Number.isInteger(at) || at < 0 || at > end)
    if (wrong !== undefined) {
      throw new FoglineError(`Cannot ${action}: offset ${wrong} (0 to ${end})`, {
        code: 'ERR_BROKER',
      })
    }
  }

  /** Finishes `offset` in `transaction`. */
  commit(offset: Offset, transaction: Transaction): void {
    const share = this.#shares[offset.partition]
    if (!share) return
    const { store, name } = this.#options
    const draft = transaction.draft(share.progress, (copy) =>
      store.saveProgress(share.partition.log, name, copy),
    )
    Object.assign(draft, mergeProgress(draft, offset))
  }
}
