/** The median of numbers and their range, as `12.3 (11.0 to 14.2)`. */
export function spread(values: readonly number[], digits = 0): string {
  const sorted = values.toSorted((a, b) => a - b)
  const text = (value: number | undefined) => (value ?? Number.NaN).toFixed(digits)
  return `${text(median(sorted))} (${text(sorted[0])} to ${text(sorted.at(-1))})`
}

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** The slope of `values`, one a second, in units a minute, by least squares. */
export function perMinute(values: readonly number[]): number {
  const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length
  const meanX = (values.length - 1) / 2
  const meanY = mean(values)
  const covariance = mean(values.map((value, x) => (x - meanX) * (value - meanY)))
  const variance = mean(values.map((_, x) => (x - meanX) ** 2))
  return (60 * covariance) / variance
}
