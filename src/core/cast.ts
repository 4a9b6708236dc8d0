import { FoglineError } from '../std/errors.ts'
import { type Datatype, type Tensor, type TensorValues, zeros } from './tensor.ts'

/** Which numbers a datatype holds: `integer` ones from `min` to `max`, or floats up to `max`. */
interface Range {
  readonly integer: boolean
  readonly min: number
  readonly max: number
}

const RANGES: Readonly<Record<Datatype, Range>> = {
  BOOL: { integer: true, min: 0, max: 1 },
  UINT8: { integer: true, min: 0, max: 0xff },
  UINT16: { integer: true, min: 0, max: 0xffff },
  UINT32: { integer: true, min: 0, max: 0xffff_ffff },
  UINT64: { integer: true, min: 0, max: 2 ** 64 },
  INT8: { integer: true, min: -0x80, max: 0x7f },
  INT16: { integer: true, min: -0x8000, max: 0x7fff },
  INT32: { integer: true, min: -0x8000_0000, max: 0x7fff_ffff },
  INT64: { integer: true, min: -(2 ** 63), max: 2 ** 63 },
  FP16: { integer: false, min: -65504, max: 65504 },
  FP32: { integer: false, min: -3.4028234663852886e38, max: 3.4028234663852886e38 },
  FP64: { integer: false, min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
}

/**
 * The same values in another datatype: `tensor` itself where it has it already. Floats round to the
 * nearest; NaN and infinities stay. Throws ERR_TENSOR, naming the first value that does not fit, for
 * a fraction or a number beyond an integer's range, and for a number beyond a float's.
 */
export function cast(tensor: Tensor, datatype: Datatype): Tensor {
  if (tensor.datatype === datatype) return tensor
  return { ...tensorOf(tensor.data, datatype), shape: tensor.shape }
}

/** The FP32, UINT8, … vector, shape [values.length], of plain numbers; throws as `cast` does. */
export function tensorOf(values: ArrayLike<number | bigint>, datatype: Datatype): Tensor {
  const tensor = zeros(datatype, [values.length])
  const write = writer(tensor.data)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0
    if (!fits(value, datatype)) throw unfit(value, datatype)
    write(index, value)
  }
  return tensor
}

function writer(data: TensorValues): (index: number, value: number | bigint) => void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return (index, value) => {
      data[index] = BigInt(value)
    }
  }
  return (index, value) => {
    data[index] = Number(value)
  }
}

function fits(value: number | bigint, datatype: Datatype): boolean {
  const { integer, min, max } = RANGES[datatype]
  if (typeof value === 'bigint') return fitsExactly(value, datatype)
  if (!integer) return !Number.isFinite(value) || (value >= min && value <= max)
  if (!Number.isInteger(value)) return false
  // 2^63 and 2^64 are numbers, the largest integers below them are not.
  return value >= min && (max > Number.MAX_SAFE_INTEGER ? value < max : value <= max)
}

function fitsExactly(value: bigint, datatype: Datatype): boolean {
  if (datatype === 'INT64') return BigInt.asIntN(64, value) === value
  if (datatype === 'UINT64') return BigInt.asUintN(64, value) === value
  return fits(Number(value), datatype)
}

function unfit(value: number | bigint, datatype: Datatype): FoglineError {
  const { integer, min, max } = RANGES[datatype]
  const kind = integer ? 'an integer' : 'a number'
  return new FoglineError(
    `Cannot convert to ${datatype}: value ${value} does not fit (${kind} from ${min} to ${max})`,
    { code: 'ERR_TENSOR' },
  )
}
