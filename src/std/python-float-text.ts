/** Python writes an exponent for numbers below 1e-4, and from 1e16 on. */
const EXPONENT_MIN = -4
const EXPONENT_MAX = 16

/**
 * `value` as Python's `repr` and `json.dumps` write it: the shortest decimal that reads back as the
 * same double, as `0.1`, `1.0`, `1.5142156371439341e-05` or `1e+16`. `value` must be finite.
 */
export function pythonFloatText(value: number): string {
  // Both languages take the shortest digits; only where they put point and exponent differs.
  const [mantissa = '', power = ''] = Math.abs(value).toExponential().split('e')
  const exponent = Number(power)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (exponent < EXPONENT_MIN || exponent >= EXPONENT_MAX) {
    const digits = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`
  }
  return `${sign}${plain(mantissa.replace('.', ''), exponent)}`
}

/** `digits`, the first of which stands for a multiple of 10^`exponent`, without an exponent. */
function plain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${whole}.${digits.slice(exponent + 1) || '0'}`
}
