/** What Einsum sums: `bij,bjk->bik`, one letter an axis, with an explicit result. */
export interface Equation {
  /** Without spaces. */
  readonly text: string
  /** The letters of each operand. */
  readonly terms: readonly string[]
  readonly result: string
}

/** The equation in `text`; undefined where it is none, has an ellipsis, or leaves its result open. */
export function readEquation(text: string): Equation | undefined {
  const plain = text.replaceAll(' ', '')
  if (!/^[a-zA-Z]*(,[a-zA-Z]*)*->[a-zA-Z]*$/.test(plain)) return undefined
  const [terms = '', result = ''] = plain.split('->')
  return { text: plain, terms: terms.split(','), result }
}
