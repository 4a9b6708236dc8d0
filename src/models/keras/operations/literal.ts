import { type Datatype, elementCount, type Tensor } from '../../../core/tensor.ts'
import { RANK_MAX, SAMPLE_ELEMENTS_MAX } from '../../limits.ts'
import { isObject, own } from '../json.ts'

/** Numbers that a model's configuration holds. */
export interface Literal {
  /**
   * Of an array; Python's own numbers are weak: `int`, `float` and `bool` take the datatype of what
   * they meet. `number` are whole ones that JSON does not tell apart: 2 or 2.0.
   */
  readonly type: Datatype | 'int' | 'float' | 'bool' | 'number'
  readonly shape: readonly number[]
  readonly numbers: readonly number[]
}

/** The numbers that `json` spells, as Keras 2 and 3 write them; undefined where it spells none. */
export function readLiteral(json: unknown): Literal | undefined {
  if (!isObject(json)) return readNumbers(json)
  const className = own(json, 'class_name')
  const config = own(json, 'config')
  if (className === '__float__') {
    const inner = readNumbers(config)
    return inner && { ...inner, type: 'float' }
  }
  if ((className !== '__numpy__' && className !== '__tensor__') || !isObject(config)) return
  const type = DATATYPE_OF.get(String(own(config, 'dtype')))
  const inner = readNumbers(own(config, 'value'))
  return type && inner && { ...inner, type }
}

/** The datatypes by NumPy's names. */
export const DATATYPE_OF: ReadonlyMap<string, Datatype> = new Map([
  ['bool', 'BOOL'],
  ['uint8', 'UINT8'],
  ['uint16', 'UINT16'],
  ['uint32', 'UINT32'],
  ['uint64', 'UINT64'],
  ['int8', 'INT8'],
  ['int16', 'INT16'],
  ['int32', 'INT32'],
  ['int64', 'INT64'],
  ['float16', 'FP16'],
  ['float32', 'FP32'],
  ['float64', 'FP64'],
])

function readNumbers(json: unknown): Literal | undefined {
  const shape: number[] = []
  for (let part = json; Array.isArray(part); part = part[0]) {
    if (shape.length >= RANK_MAX) return
    shape.push(part.length)
  }
  if (elementCount(shape) > SAMPLE_ELEMENTS_MAX) return
  const flat: unknown[] = []
  if (!flatten(json, { shape, flat })) return
  if (flat.every((each) => typeof each === 'boolean')) {
    return { type: 'bool', shape, numbers: flat.map(Number) }
  }
  if (!flat.every((each) => typeof each === 'number')) return
  const isWhole = flat.every(Number.isSafeInteger)
  return { type: isWhole ? 'number' : 'float', shape, numbers: flat.map(Number) }
}

/** Whether `json` is an array of that shape; its elements go into `flat`. */
function flatten(
  json: unknown,
  into: { readonly shape: readonly number[]; readonly flat: unknown[] },
  axis = 0,
): boolean {
  if (axis === into.shape.length) {
    into.flat.push(json)
    return true
  }
  if (!Array.isArray(json) || json.length !== into.shape[axis]) return false
  return json.every((inner) => flatten(inner, into, axis + 1))
}

/** `numbers` as a tensor; undefined where they do not fit into `datatype`. */
export function literalTensor({ shape, numbers }: Literal, datatype: Datatype): Tensor | undefined {
  if (datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16') {
    return { datatype: 'FP32', shape, data: Float32Array.from(numbers) }
  }
  if (datatype === 'BOOL') {
    return { datatype, shape, data: Uint8Array.from(numbers, (each) => (each === 0 ? 0 : 1)) }
  }
  if (!numbers.every(Number.isSafeInteger)) return
  if (datatype === 'INT64' || datatype === 'UINT64') {
    if (datatype === 'UINT64' && numbers.some((each) => each < 0)) return
    const data = datatype === 'INT64' ? BigInt64Array : BigUint64Array
    return { datatype, shape, data: data.from(numbers.map(BigInt)) }
  }
  const data = INTEGERS[datatype].from(numbers)
  return data.every((each, index) => each === numbers[index])
    ? { datatype, shape, data }
    : undefined
}

const INTEGERS = {
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
} as const
