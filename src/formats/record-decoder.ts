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
} from '../core/tensor.ts'
import { FoglineError } from '../std/errors.ts'
import { type FramedAvro, framedAvro } from './avro/framed.ts'
import { readAvro } from './avro/read.ts'
import type { SchemaRegistry } from './avro/registry.ts'
import type { AvroSchema } from './avro/schema.ts'
import { tensorFromJson } from './json.ts'
import { tensorFromNested } from './nested.ts'
import { type SampleBatch, sampleBatches } from './sample-batch.ts'
import type { Waiting } from './waiting.ts'

/** How the values of a topic hold samples. */
export type RecordFormat = 'raw' | 'json' | 'avro'

/** How the records of a topic are to be read, and what the model takes. */
export interface ResolvedInput {
  readonly format: RecordFormat
  /** Of the record's values, unless its header `fogline-datatype` says otherwise. */
  readonly datatype: Datatype
  /** Of one sample, without the batch; every size is known. */
  readonly shape: readonly number[]
  /** The model gets `value * scale + offset`. */
  readonly scale: number
  readonly offset: number
  /** Keys of a JSON object, or fields of an Avro record, whose values, in this order, are the sample. */
  readonly fields?: readonly string[] | undefined
  /** Of Avro values; with a registry, which then has the writers' schemas, they are turned into it. */
  readonly schema?: AvroSchema | undefined
  /** What the model's input takes. */
  readonly modelDatatype: Datatype
}

/** Reads records into batches for the model. */
export interface RecordDecoder {
  /** Bytes of one sample in a batch, at most. */
  readonly sampleSizeBytes: number
  /** Begins a batch with room for so many samples. */
  begin(room: number): SampleBatch
  /**
   * Where a decoder has it, gets what reading `records` takes; undefined where that is there already.
   * Waits for what is away until the signal aborts; only then may it be missing. Never rejects.
   */
  prepare?(records: readonly ReceivedRecord[], waiting: Waiting): Promise<void> | undefined
}

/**
 * The decoder of `input`. Values of Avro are framed where there is a registry of their schemas, else
 * bare. Throws ERR_TENSOR for a schema without a sample.
 */
export function recordDecoder(input: ResolvedInput, registry?: SchemaRegistry): RecordDecoder {
  const count = elementCount(input.shape)
  const framed = registry && framedAvro(registry, { reader: input.schema, fields: input.fields })
  const readSample = sampleReader(input, framed)
  return {
    sampleSizeBytes: count * elementSizeBytes(input.modelDatatype),
    begin: sampleBatches({
      shape: input.shape,
      scaling: { scale: input.scale, offset: input.offset },
      modelDatatype: input.modelDatatype,
      isCompact: input.datatype === 'UINT8' && input.modelDatatype === 'FP32',
      read: (record) => (isRaw(record, input) ? rawSample(record, input) : readSample(record)),
    }),
    ...(framed && {
      prepare: (records, waiting) =>
        framed.prepare(
          records.filter((record) => !isRaw(record, input)),
          waiting,
        ),
    }),
  }
}

/** A value that says its datatype and shape is raw bytes, whatever the topic's format: features are. */
function isRaw({ headers }: ReceivedRecord, { format }: ResolvedInput): boolean {
  if (format === 'raw') return true
  return Boolean(lastHeader(headers, HEADERS.datatype) && lastHeader(headers, HEADERS.shape))
}

/** Reads values that are not raw. */
function sampleReader(
  input: ResolvedInput,
  framed: FramedAvro | undefined,
): (record: ReceivedRecord) => Tensor {
  if (input.format !== 'avro') return (record) => jsonSample(record, input)
  if (framed) return (record) => avroSample(framed.read(record), record, input)
  if (!input.schema) throw new TypeError('Cannot read Avro without a schema or a registry')
  const read = readAvro(input.schema, { fields: input.fields })
  return (record) => avroSample(read(record.value), record, input)
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

function avroSample(sample: unknown, record: ReceivedRecord, input: ResolvedInput): Tensor {
  const spec = declared(record, input)
  return sample instanceof Uint8Array
    ? tensorFromBytes(sample, spec)
    : tensorFromNested(sample, spec)
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
