/** A duration: a number and a unit, as `30s`. */
export const DURATION: RegExp = /^(\d{1,6})(ms|s|m|h|d)$/

/** A size: a number and a unit, as `256MiB`. */
export const SIZE: RegExp = /^(\d{1,6})(B|KB|MB|GB|KiB|MiB|GiB)$/

const MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

const BYTES: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
])

/** Milliseconds of text that `DURATION` matches. */
export function durationMs(text: string): number {
  return quantity(text, DURATION, MS)
}

/** Bytes of text that `SIZE` matches. */
export function sizeBytes(text: string): number {
  return quantity(text, SIZE, BYTES)
}

function quantity(text: string, pattern: RegExp, units: ReadonlyMap<string, number>): number {
  const match = pattern.exec(text)
  const unit = units.get(match?.[2] ?? '')
  if (!match || unit === undefined) throw new RangeError(`Cannot read quantity "${text}"`)
  return Number(match[1]) * unit
}
