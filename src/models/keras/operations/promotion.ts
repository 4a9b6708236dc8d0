import { type Datatype, isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import type { Literal } from './literal.ts'

/** What an operation works on: a tensor of the graph, or numbers of the configuration. */
export type Operand = Value | Literal

/** Whether `operand` is numbers of the configuration. */
export function isLiteral(operand: Operand): operand is Literal {
  return 'numbers' in operand
}

/**
 * The datatype that operands meet in (keras.src.backend.common.dtypes, after JAX's lattice): FP32 for
 * any kind of float; undefined where the file does not say whether a literal is an int or a float.
 */
export function commonDatatype(operands: readonly Operand[]): Datatype | undefined {
  const types = operands.map((each) => (isLiteral(each) ? each.type : each.datatype))
  if (types.some((type) => type === 'float' || type.startsWith('FP'))) return 'FP32'
  const integers = types.filter((type) => type in BITS) as (keyof typeof BITS)[]
  const [first, ...others] = integers
  if (types.includes('number')) return undefined
  if (first) return others.reduce<Datatype>(wider, first)
  return types.includes('int') ? 'INT32' : 'BOOL'
}

/** Bits of the integers; those below zero are signed. */
const BITS = {
  UINT8: 8,
  UINT16: 16,
  UINT32: 32,
  UINT64: 64,
  INT8: -8,
  INT16: -16,
  INT32: -32,
  INT64: -64,
} as const

function wider(left: Datatype, right: Datatype): Datatype {
  if (!(left in BITS) || !(right in BITS)) return 'FP32'
  const [a, b] = [BITS[left as keyof typeof BITS], BITS[right as keyof typeof BITS]]
  if (a < 0 === b < 0) return Math.abs(a) > Math.abs(b) ? left : right
  const [signed, unsigned] = a < 0 ? [-a, b] : [-b, a]
  const bits = Math.max(signed, 2 * unsigned)
  return SIGNED.get(bits) ?? 'FP32'
}

const SIGNED: ReadonlyMap<number, Datatype> = new Map([
  [8, 'INT8'],
  [16, 'INT16'],
  [32, 'INT32'],
  [64, 'INT64'],
])

/** Whether it counts, rather than measures or tells true from false. */
export function isInteger(datatype: Datatype): boolean {
  return datatype in BITS
}

/**
 * What ONNX Runtime computes `datatype` in: it has kernels for FP32, INT32 and INT64; undefined where
 * none of them holds all values.
 */
export function kernelDatatype(datatype: Datatype): 'FP32' | 'INT32' | 'INT64' | undefined {
  if (isFloat(datatype)) return 'FP32'
  if (datatype === 'INT64' || datatype === 'UINT32') return 'INT64'
  return datatype === 'UINT64' ? undefined : 'INT32'
}
