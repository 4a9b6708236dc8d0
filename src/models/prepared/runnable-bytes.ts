import { crc32 } from 'node:zlib'
import { type Datatype, isDatatype, type TensorSpec } from '../../core/tensor.ts'
import type { RunnableModel } from '../session.ts'

/** The first bytes; another layout of what follows needs another number. */
const MAGIC: Uint8Array = Buffer.from('FOGLINE1')

/** The magic, the checksum of all that follows, and the size of the header. */
const PREFIX_BYTES = 16

/** A model as it is kept: prefix, header, and the bytes of the graph and of each weight. */
export function encodeRunnable(model: RunnableModel): readonly Uint8Array[] {
  const { onnx, weights = [], ...rest } = model
  const header = Buffer.from(
    JSON.stringify({
      ...rest,
      onnxBytes: onnx.length,
      weights: weights.map(({ path, data }) => [path, data.length]),
    }),
  )
  const parts = [header, onnx, ...weights.map(({ data }) => data)]
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.set(MAGIC)
  prefix.writeUInt32LE(
    parts.reduce((sum, part) => crc32(part, sum), 0),
    8,
  )
  prefix.writeUInt32LE(header.length, 12)
  return [prefix, ...parts]
}

/** The model in `bytes`, of which its parts are views; undefined where they are damaged. */
export function decodeRunnable(bytes: Uint8Array): RunnableModel | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < PREFIX_BYTES || !buffer.subarray(0, MAGIC.length).equals(MAGIC)) {
    return undefined
  }
  const rest = buffer.subarray(PREFIX_BYTES)
  if (crc32(rest) !== buffer.readUInt32LE(8)) return undefined
  const headerBytes = buffer.readUInt32LE(12)
  const header = parseHeader(rest.subarray(0, headerBytes).toString('utf8'))
  return header && withParts(header, rest.subarray(headerBytes))
}

/** What a header says; what has a checksum is what was written, but for a mistake of ours. */
interface Header extends Omit<RunnableModel, 'onnx' | 'weights'> {
  readonly onnxBytes: number
  readonly weights: readonly (readonly [string, number])[]
}

function parseHeader(text: string): Header | undefined {
  try {
    const header: unknown = JSON.parse(text)
    return isHeader(header) ? header : undefined
  } catch {
    return undefined
  }
}

function withParts({ onnxBytes, weights, ...model }: Header, payload: Buffer) {
  const ends = weights.map(([, size]) => size)
  const sizeBytes = ends.reduce((sum, size) => sum + size, onnxBytes)
  if (sizeBytes !== payload.length) return undefined
  let at = onnxBytes
  return {
    ...model,
    onnx: payload.subarray(0, onnxBytes),
    weights: weights.map(([path, size]) => {
      const data = payload.subarray(at, at + size)
      at += size
      return { path, data }
    }),
  }
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false
  const header = value as Readonly<Record<string, unknown>>
  const { version, inputKeys, outputKeys, inputs, outputs, onnxBytes, weights } = header
  return (
    typeof version === 'string' &&
    isListOf(inputKeys, isText) &&
    isListOf(outputKeys, isText) &&
    isListOf(inputs, isSpec) &&
    isListOf(outputs, isSpec) &&
    inputs.length === inputKeys.length &&
    outputs.length === outputKeys.length &&
    [header.batch, header.foldedBytesMax].every((size) => size === undefined || isCount(size)) &&
    isCount(onnxBytes) &&
    isListOf(weights, isWeight)
  )
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(is)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isSpec(value: unknown): value is TensorSpec {
  if (typeof value !== 'object' || value === null) return false
  const { name, datatype, shape } = value as Readonly<Record<keyof TensorSpec, unknown>>
  const isSize = (size: unknown): size is number => size === -1 || isCount(size)
  return isText(name) && isKnown(datatype) && isListOf(shape, isSize)
}

function isKnown(datatype: unknown): datatype is Datatype {
  return isText(datatype) && isDatatype(datatype)
}

function isWeight(value: unknown): value is readonly [string, number] {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && isCount(value[1])
}
