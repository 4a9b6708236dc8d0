import type { Header } from '../core/broker.ts'
import { cast } from '../core/cast.ts'
import { HEADERS, shapeText, textHeader } from '../core/headers.ts'
import {
  type Datatype,
  describe,
  sameShape,
  type Tensor,
  tensorFromBytes,
  tensorToBytes,
} from '../core/tensor.ts'
import { tensorFromJson } from '../formats/json.ts'
import { readNpy } from '../formats/npy.ts'
import type { RecordFormat } from '../formats/record-decoder.ts'
import { FoglineError, messageOf } from '../std/errors.ts'

/** How a tier's records hold samples. */
export interface SampleInput {
  readonly format: RecordFormat
  /** Of a sample before scale and offset. */
  readonly datatype: Datatype
  /** Of one sample, without the batch; every size is known. */
  readonly shape: readonly number[]
  /** Keys of a JSON object, in the order of the sample. */
  readonly fields?: readonly string[] | undefined
}

/** What a record is made of besides key, id and time. */
export interface SampleValue {
  readonly value: Uint8Array
  readonly headers: readonly Header[]
}

/** Turns a body into a record's value. Throws ERR_TENSOR for a body that is no such sample. */
export type ReadSample = (body: Uint8Array, input: SampleInput) => SampleValue

/** How bodies are read, by media type. Records but JSON ones are raw and say in headers what they hold. */
export const SAMPLE_READERS: ReadonlyMap<string, ReadSample> = new Map([
  ['application/octet-stream', (body, input) => rawValue(tensorFromBytes(body, input))],
  ['application/json', jsonValue],
  ['application/x-npy', (body, input) => rawValue(oneSample(readNpy(body), input))],
])

function rawValue(tensor: Tensor): SampleValue {
  return {
    value: tensorToBytes(tensor),
    headers: [
      textHeader(HEADERS.datatype, tensor.datatype),
      textHeader(HEADERS.shape, shapeText(tensor.shape)),
    ],
  }
}

/** A tier of JSON gets the body as it is, once it has proved to be a sample. */
function jsonValue(body: Uint8Array, input: SampleInput): SampleValue {
  const tensor = tensorFromJson(parsed(body), input)
  return input.format === 'json' ? { value: body, headers: [] } : rawValue(tensor)
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new FoglineError(`Cannot read sample: it is not JSON: ${messageOf(cause)}`, {
      code: 'ERR_TENSOR',
    })
  }
}

/** `tensor`, or what it holds on a first axis of 1, with the tier's datatype. */
function oneSample(tensor: Tensor, { datatype, shape }: SampleInput): Tensor {
  if (!sameShape(tensor.shape, shape) && !sameShape(tensor.shape, [1, ...shape])) {
    const expected = describe({ datatype, shape })
    throw new FoglineError(
      `Cannot read .npy: it is ${describe(tensor)}, not one sample (expected ${expected})`,
      { code: 'ERR_TENSOR' },
    )
  }
  return { ...cast(tensor, datatype), shape }
}
