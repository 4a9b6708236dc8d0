/** Integers of 16 digits and more may lie beyond 2^53, where a JavaScript number is inexact. */
const LONG_INTEGER = /(?<![\d.])\d{16,}(?![\d.eE])/

/** An integer, as JSON writes it, that could be one of 64 bits: 20 digits at most. */
const INTEGER = /^-?\d{1,20}$/

/**
 * The value of JSON text. Integers that a number cannot hold exactly come as bigint, so that 64-bit
 * tensors survive. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  return LONG_INTEGER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text)
}

function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source ?? ''
  return INTEGER.test(source) ? BigInt(source) : value
}
