/** Powers of ten that a double holds exactly end at 10^22. */
const EXACT_POWER_MAX = 22

/** Six significant digits survive a trip through a 32-bit float; nine tell any two floats apart. */
const DIGITS_MIN = 6
const DIGITS_MAX = 9

/**
 * The shortest decimal that reads back as the same 32-bit float, as JSON writes numbers: `0.1`, not
 * `0.10000000149011612`. `value` must be finite. (Subnormal floats, below 1.2e-38, keep six digits.)
 */
export function floatText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  const float = Math.fround(value)
  const magnitude = Math.floor(Math.log10(Math.abs(float)))
  for (let digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
    const decimal = roundedTo(float, digits - 1 - magnitude)
    if (Math.fround(decimal) === float) return String(decimal)
  }
  return String(float)
}

/** `value` rounded to `places` decimal places. */
function roundedTo(value: number, places: number): number {
  if (places >= 0 && places <= EXACT_POWER_MAX) {
    const power = 10 ** places
    return Math.round(value * power) / power
  }
  // Beyond exact powers a division would round twice; reading the text does not.
  const scaled = Math.round(value * 10 ** (places / 2) * 10 ** (places / 2))
  return Number(`${scaled}e${-places}`)
}
