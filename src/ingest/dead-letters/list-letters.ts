import type { DeadLetterBox } from './box.ts'
import { type Letter, letterOf, type Place } from './letter.ts'
import { unhandled } from './unhandled.ts'

/** A place in the order of letters: by when they died, then by where they lie. */
export interface Cursor extends Place {
  readonly diedMs: number
}

/** Some of the letters that nobody has handled, the oldest first. */
export interface LetterPage {
  readonly letters: readonly Letter[]
  /** All that nobody has handled, those on other pages too. */
  readonly total: number
  /** Where the next page begins: after the last of this one; absent on the last page. */
  readonly next?: Cursor
}

/** Which letters: up to `limit`, from behind `after` on. */
export interface PageOptions {
  readonly limit: number
  readonly after: Cursor | undefined
  readonly quietMs: number
}

interface Entry {
  readonly cursor: Cursor
  readonly letter: Letter
}

/** A page of the letters that nobody has handled. All are read for it, but only a page is kept. */
export async function listLetters(
  box: DeadLetterBox,
  { limit, after, quietMs }: PageOptions,
): Promise<LetterPage> {
  let kept: Entry[] = []
  let total = 0
  let following = 0
  for await (const { letters } of unhandled(box, quietMs)) {
    total += letters.length
    for (const record of letters) {
      const cursor = { ...placeOf(record), diedMs: record.timestampMs }
      if (after && compare(cursor, after) <= 0) continue
      following++
      kept.push({ cursor, letter: letterOf(record) })
    }
    kept = kept.sort((a, b) => compare(a.cursor, b.cursor)).slice(0, limit)
  }
  const last = kept.at(-1)?.cursor
  return {
    letters: kept.map(({ letter }) => letter),
    total,
    ...(last && following > kept.length && { next: last }),
  }
}

/** A cursor as text. */
export function cursorText({ diedMs, partition, offset }: Cursor): string {
  return `${diedMs}/${partition}/${offset}`
}

/** The cursor that `text` says, or undefined. */
export function cursorFromText(text: string): Cursor | undefined {
  const [, diedMs, partition, offset] = /^(-?\d{1,15})\/(\d{1,6})\/(\d{1,15})$/.exec(text) ?? []
  if (diedMs === undefined) return undefined
  return { diedMs: Number(diedMs), partition: Number(partition), offset: Number(offset) }
}

function placeOf({ partition, offset }: Place): Place {
  return { partition, offset }
}

function compare(a: Cursor, b: Cursor): number {
  return a.diedMs - b.diedMs || a.partition - b.partition || a.offset - b.offset
}
