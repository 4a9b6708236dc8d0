import type { ReceivedRecord } from '../core/broker.ts'
import { identityOf, provenanceOf } from '../core/provenance.ts'
import { Fifo } from '../std/fifo.ts'
import { OffsetRun } from './offset-run.ts'

/** A record that a lane has taken and has not finished. */
export interface Taken {
  readonly record: ReceivedRecord
  /** What it shares with its duplicates. */
  readonly identity: string
  /** Its place in the lane's offset run. */
  readonly sequence: number
}

/** Records that are invoked together. */
export interface Group {
  /** Never empty; in the order of their offsets where they share a key. */
  readonly members: readonly Taken[]
  /** Failed attempts of the record while it was alone. */
  readonly failures: number
  /** How many invocations had succeeded when one of this group first failed for an unclear reason. */
  readonly doubtedAt?: number | undefined
}

/** Whether a record can be invoked; called once for each, in order, as a group is put together. */
export type Admit = (record: ReceivedRecord) => boolean

/** What may be invoked now, and what can never be. */
export interface Selection {
  readonly members: readonly Taken[]
  /** Records that were not admitted; their turn, by key, has come. */
  readonly refused: readonly Taken[]
}

interface Entry extends Taken {
  readonly keyText: string | undefined
  /** The record of the same key before this one, if that is not finished. */
  previous: Entry | undefined
  /** The record of the same key that waits for this one. */
  follower: Entry | undefined
  /** The group it is in; undefined while it waits. */
  group: symbol | undefined
  finished: boolean
}

/**
 * The records of one partition that were taken: which may be invoked next. Records of one key are
 * never in two groups at a time, and none overtakes another; records without a key are free. Pure:
 * it decides, others act.
 */
export class Lane {
  readonly run: OffsetRun
  readonly #ready = new Fifo<Entry>()
  /** The latest unfinished record of each key. */
  readonly #latest = new Map<string, Entry>()
  readonly #unfinished = new Set<string>()
  #sizeBytes = 0
  #waiting = 0
  /** Its partition is another member's, or given anew: what becomes of its records stands no more. */
  isRetired = false

  constructor(partition: number) {
    this.run = new OffsetRun(partition)
  }

  /** Records that no other of their key holds up, as far as is known. */
  get readyCount(): number {
    return this.#ready.length
  }

  /** Records in no group: those that wait for another of their key among them. */
  get waitingCount(): number {
    return this.#waiting
  }

  /** Bytes of the values that are not finished, and of what keeping each costs. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /**
   * Takes a record: `known` where it was taken before; `duplicate` where one of its identity is at
   * work here or `isSettled`, so that there is nothing to do for it but to commit it.
   */
  take(
    record: ReceivedRecord,
    isSettled: (identity: string) => boolean,
  ): { readonly kind: 'new' | 'known' } | { readonly kind: 'duplicate'; readonly taken: Taken } {
    const sequence = this.run.take(record.offset)
    if (sequence === undefined) return { kind: 'known' }
    // Only the identity is kept: a provenance, made again for the outcome, would lie here meanwhile.
    const identity = identityOf(provenanceOf(record))
    if (this.#unfinished.has(identity) || isSettled(identity)) {
      return { kind: 'duplicate', taken: { record, identity, sequence } }
    }
    this.#unfinished.add(identity)
    const keyText = keyTextOf(record.key)
    const previous = keyText === undefined ? undefined : this.#latest.get(keyText)
    const entry: Entry = {
      record,
      identity,
      sequence,
      keyText,
      previous,
      follower: undefined,
      group: undefined,
      finished: false,
    }
    if (keyText !== undefined) this.#latest.set(keyText, entry)
    this.#sizeBytes += sizeOf(record)
    this.#ready.push(entry)
    this.#waiting++
    return { kind: 'new' }
  }

  /** Puts up to `max` waiting records together; both lists are empty where none may go. */
  select(max: number, admit: Admit): Selection {
    const group = Symbol('group')
    const members: Entry[] = []
    const refused: Entry[] = []
    while (members.length < max) {
      const entry = this.#ready.shift()
      if (!entry) break
      if (isHeldUp(entry, group)) {
        park(entry)
      } else if (admit(entry.record)) {
        entry.group = group
        this.#waiting--
        members.push(entry)
        this.#release(entry)
      } else if (isFree(entry)) {
        this.#waiting--
        refused.push(entry)
      } else {
        // What became of the record before it, which is in this very group, must be written first.
        park(entry)
      }
    }
    return { members, refused }
  }

  /** Puts some members of a group together as a new one; those held up by others wait again. */
  regroup(members: readonly Taken[]): readonly Taken[] {
    const group = Symbol('group')
    for (const member of members as readonly Entry[]) member.group = undefined
    return (members as readonly Entry[]).filter((entry) => {
      const held = isHeldUp(entry, group)
      if (held) {
        park(entry)
        this.#waiting++
      } else {
        entry.group = group
      }
      return !held
    })
  }

  /** The record's outcome stands and is on its way: the next one of its key may go. */
  finish(taken: Taken): void {
    const entry = taken as Entry
    entry.finished = true
    this.#unfinished.delete(entry.identity)
    entry.group = undefined
    // Cut, so that finished records of a busy key do not keep each other in memory.
    entry.previous = undefined
    this.#sizeBytes -= sizeOf(entry.record)
    this.#release(entry)
    if (entry.keyText !== undefined && this.#latest.get(entry.keyText) === entry) {
      this.#latest.delete(entry.keyText)
    }
  }

  #release(entry: Entry): void {
    if (entry.follower) this.#ready.push(entry.follower)
    entry.follower = undefined
  }
}

function isFree({ previous }: Entry): boolean {
  return previous === undefined || previous.finished
}

function isHeldUp(entry: Entry, group: symbol): boolean {
  return !isFree(entry) && entry.previous?.group !== group
}

function park(entry: Entry): void {
  if (entry.previous) entry.previous.follower = entry
}

/** A text that equal keys, byte for byte, share. */
function keyTextOf(key: Uint8Array | undefined): string | undefined {
  return key && Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}

/** A record's objects: key, headers, entry and views of bytes. */
const RECORD_OVERHEAD_BYTES = 512

function sizeOf(record: ReceivedRecord): number {
  return record.value.length + RECORD_OVERHEAD_BYTES
}
