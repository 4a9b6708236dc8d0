import { FoglineError } from '../std/errors.ts'
import type { Tensor } from './tensor.ts'
import type { Parameters } from './v2/message.ts'

/** What is done to each value: `value * scale + offset`. */
export interface Scaling {
  readonly scale: number
  readonly offset: number
}

/** Samples as they travel: where there is a scaling, their values are bytes that it is still to be done to. */
export interface Samples {
  /** [samples, …]. */
  readonly tensor: Tensor
  readonly scaling?: Scaling | undefined
}

/**
 * A scaling as parameters of a request (Open Inference Protocol V2): a function of ours then takes
 * UINT8 where its model takes FP32, a quarter of the bytes.
 */
export function scalingToParameters(scaling: Scaling | undefined): Parameters {
  return scaling ? { input_scale: scaling.scale, input_offset: scaling.offset } : {}
}

/** The scaling among the parameters of a request, or undefined. Throws ERR_REQUEST for one that is none. */
export function scalingFromParameters(parameters: Parameters): Scaling | undefined {
  const { input_scale: scale, input_offset: offset = 0 } = parameters
  if (scale === undefined) return undefined
  if (isNumber(scale) && isNumber(offset)) return { scale, offset }
  throw new FoglineError(
    `Cannot read scaling: input_scale is ${scale}, input_offset ${offset} (expected numbers)`,
    { code: 'ERR_REQUEST' },
  )
}

function isNumber(value: string | number | boolean): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
