import type { Offset, OffsetRange } from '../../core/broker.ts'

/** How far a group has finished one partition. */
export interface Progress {
  /** All offsets before it are finished. */
  next: number
  /** Finished offsets beyond `next`: ascending, disjoint, not touching each other nor `next`. */
  ahead: readonly OffsetRange[]
}

/**
 * Both taken together: what is finished stays finished, in whatever order settles arrive. A member
 * that joined later does not know what was finished ahead of it, so its offsets cannot replace ours.
 */
export function mergeProgress(progress: Progress, { next, ahead = [] }: Offset): Progress {
  const ranges = [{ start: 0, end: Math.max(progress.next, next) }, ...progress.ahead, ...ahead]
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start)
  const merged: { start: number; end: number }[] = []
  for (const { start, end } of ranges) {
    const last = merged.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else merged.push({ start, end })
  }
  if (merged[0]?.start !== 0) return { next: 0, ahead: merged }
  return { next: merged[0].end, ahead: merged.slice(1) }
}

/** The next run of unfinished offsets at or after `from`: its start, and where it ends at the latest. */
export function nextUnfinished({ next, ahead }: Progress, from: number): OffsetRange {
  let start = Math.max(from, next)
  for (const range of ahead) {
    if (start < range.start) return { start, end: range.start }
    start = Math.max(start, range.end)
  }
  return { start, end: Number.POSITIVE_INFINITY }
}

/** Unfinished offsets in `first` (inclusive) to `end` (exclusive). */
export function countUnfinished(progress: Progress, { start, end }: OffsetRange): number {
  const from = Math.max(start, progress.next)
  const finished = progress.ahead.map((range) =>
    Math.max(0, Math.min(range.end, end) - Math.max(range.start, from)),
  )
  return Math.max(0, end - from) - finished.reduce((total, count) => total + count, 0)
}

/** Text for `ahead`: `[[start,end],...]`. */
export function encodeAhead(ahead: readonly OffsetRange[]): string {
  return JSON.stringify(ahead.map(({ start, end }) => [start, end]))
}

/** What `encodeAhead` wrote. */
export function decodeAhead(text: string): readonly OffsetRange[] {
  const pairs = JSON.parse(text) as readonly (readonly [number, number])[]
  return pairs.map(([start, end]) => ({ start, end }))
}
