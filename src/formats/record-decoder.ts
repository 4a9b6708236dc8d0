import type { ReceivedRecord } from '../core/broker.ts'
import {
  datatypeFromText,
  HEADERS,
  headerText,
  lastHeader,
  shapeFromText,
} from '../core/headers.ts'
import {
  type Datatype,
  elementCount,
  elementSizeBytes,
  sameShape,
  type Tensor,
  tensorFromBytes,
  zeros,
} from '../core/tensor.ts'
import { FoglineError } from '../std/errors.ts'
import { tensorFromJson } from './json.ts'
import { type Scaling, scaleInto } from './scale.ts'

/** How the records of a topic are to be read, and what the model takes. */
export interface ResolvedInput {
  readonly format: 'raw' | 'json'
  /** Of the record's values, unless its header `fogline-datatype` says otherwise. */
  readonly datatype: Datatype
  /** Of one sample, without the batch; every size is known. */
  readonly shape: readonly number[]
  /** The model gets `value * scale + offset`. */
  readonly scale: number
  readonly offset: number
  /** Keys of a JSON object whose values, in this order, are the sample. */
  readonly fields?: readonly string[] | undefined
  /** What the model's input takes. */
  readonly modelDatatype: Datatype
}

/** Reads records into batches for the model. */
export interface RecordDecoder {
  /** Bytes of one sample in a batch. */
  readonly sampleSizeBytes: number
  /** An empty batch, [count, …shape]. */
  batch(count: number): Tensor
  /**
   * Reads `record` into a row of `batch`. Throws ERR_TENSOR where its size, shape or datatype does
   * not fit, or a value is NaN, infinite, or beyond the model's datatype; the row is then undefined.
   */
  read(record: ReceivedRecord, batch: Tensor, row: number): void
}

/** The decoder of `input`. */
export function recordDecoder(input: ResolvedInput): RecordDecoder {
  const count = elementCount(input.shape)
  const scaling: Scaling = { scale: input.scale, offset: input.offset }
  const into = scaleInto(scaling, input.modelDatatype)
  return {
    sampleSizeBytes: count * elementSizeBytes(input.modelDatatype),
    batch: (samples) => zeros(input.modelDatatype, [samples, ...input.shape]),
    read: (record, batch, row) => {
      const sample = isJson(record, input) ? jsonSample(record, input) : rawSample(record, input)
      into(sample, batch, row * count)
    },
  }
}

/** A value that says its datatype and shape is raw bytes, whatever the topic's format: features are. */
function isJson({ headers }: ReceivedRecord, { format }: ResolvedInput): boolean {
  if (format !== 'json') return false
  return !(lastHeader(headers, HEADERS.datatype) && lastHeader(headers, HEADERS.shape))
}

function rawSample(record: ReceivedRecord, input: ResolvedInput): Tensor {
  if (record.headers.length === 0) return tensorFromBytes(record.value, input)
  const { datatype, shape } = declared(record, input)
  return tensorFromBytes(record.value, { datatype, shape })
}

function jsonSample(record: ReceivedRecord, input: ResolvedInput): Tensor {
  const { datatype, shape } = declared(record, input)
  return tensorFromJson(parsed(record.value), { datatype, shape, fields: input.fields })
}

/** What the headers say, else the configuration. The shape must be the model's: nothing is guessed. */
function declared(
  { headers }: ReceivedRecord,
  input: ResolvedInput,
): { readonly datatype: Datatype; readonly shape: readonly number[] } {
  const datatypeText = headerText(headers, HEADERS.datatype)
  const datatype = datatypeText === undefined ? input.datatype : datatypeFromText(datatypeText)
  if (!datatype) throw unfit(`header "${HEADERS.datatype}" is "${datatypeText}"`, 'FP32, UINT8, …')
  const text = headerText(headers, HEADERS.shape)
  if (text === undefined) return { datatype, shape: input.shape }
  const shape = shapeFromText(text)
  if (shape && sameShape(shape, input.shape)) return { datatype, shape }
  throw unfit(`header "${HEADERS.shape}" is "${text}"`, `"${input.shape.join(',')}"`)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function parsed(value: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(value))
  } catch (cause) {
    throw new FoglineError('Cannot read record: its value is not JSON', {
      code: 'ERR_TENSOR',
      cause,
    })
  }
}

function unfit(state: string, expected: string): FoglineError {
  return new FoglineError(`Cannot read record: ${state} (expected ${expected})`, {
    code: 'ERR_TENSOR',
  })
}
