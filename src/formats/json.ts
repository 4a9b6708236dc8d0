import type { Tensor } from '../core/tensor.ts'
import { kindOf, type SampleSpec, sampleError, tensorFromNested } from './nested.ts'

/** What a JSON value has to become. */
export interface JsonSampleSpec extends SampleSpec {
  /** Keys of an object whose values, in this order, are the sample; the value of one may be arrays. */
  readonly fields?: readonly string[] | undefined
}

/**
 * The sample in a parsed JSON value: arrays of numbers, or an object of which `fields` are taken.
 * Throws ERR_TENSOR as `tensorFromNested` does, and where a field is missing.
 */
export function tensorFromJson(value: unknown, spec: JsonSampleSpec): Tensor {
  return tensorFromNested(spec.fields ? pick(value, spec.fields) : value, spec)
}

function pick(value: unknown, fields: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw sampleError(`it is ${kindOf(value)} (expected an object with ${fields.join(', ')})`)
  }
  const entries = new Map<string, unknown>(Object.entries(value))
  const values = fields.map((field) => {
    if (!entries.has(field)) throw sampleError(`field "${field}" is missing`)
    return entries.get(field)
  })
  return values.length === 1 ? values[0] : values
}
