import { textBytes } from '../std/text-bytes.ts'
import type { Header } from './broker.ts'
import { type Datatype, isDatatype } from './tensor.ts'

/** The headers that Fogline reads and writes, by meaning. */
export const HEADERS = {
  /** Stable id; unique within its source. */
  id: 'fogline-id',
  /** Where the id is unique: the id of the first topic, unless the device names one. */
  source: 'fogline-source',
  /** When the device sent it, ms since the epoch. */
  time: 'fogline-time',
  /** The same as the thesis prototype's devices say it: seconds since the epoch, `1700000000.25`. */
  prototypeTime: 'X-INFERENCE-TS',
  /** Tiers passed so far: `edge,fog`. */
  path: 'fogline-path',
  /** Sizes of the value's axes, for one sample: `28,28,1`. */
  shape: 'fogline-shape',
  /** Element type of the value: `FP32`. */
  datatype: 'fogline-datatype',
  /** Why a dead letter could not be processed: a code for programs. */
  errorCode: 'fogline-error-code',
  /** The same for people, on one line. */
  error: 'fogline-error',
  /** Where a dead letter lay: `topic/partition/offset`. */
  origin: 'fogline-origin',
  /** How often a dead letter was tried. */
  attempts: 'fogline-attempts',
  /** How often the sample was sent again after it had become a dead letter; absent for never. */
  retry: 'fogline-retry',
  /** W3C trace context; passed on as it is. */
  trace: 'traceparent',
} as const

const decoder = new TextDecoder()

/** A header whose value is text, in UTF-8. */
export function textHeader(name: string, text: string): Header {
  return [name, textBytes(text)]
}

/** The header called `name`; of several the last, as Kafka's own clients read them. */
export function lastHeader(headers: readonly Header[], name: string): Header | undefined {
  for (let index = headers.length - 1; index >= 0; index--) {
    const header = headers[index]
    if (header?.[0] === name) return header
  }
  return undefined
}

/** The text of the header called `name`, or undefined where it is absent or empty. */
export function headerText(headers: readonly Header[], name: string): string | undefined {
  const header = lastHeader(headers, name)
  return header && header[1].length > 0 ? decoder.decode(header[1]) : undefined
}

/** The headers that are not called one of `names`: the same bytes in the same order. */
export function headersWithout(
  headers: readonly Header[],
  names: ReadonlySet<string>,
): readonly Header[] {
  return headers.filter(([name]) => !names.has(name))
}

/** The text of `fogline-shape`; empty for a scalar. */
export function shapeText(shape: readonly number[]): string {
  return shape.join(',')
}

/** The shape that the text of a `fogline-shape` header says, or undefined where it says none. */
export function shapeFromText(text: string): readonly number[] | undefined {
  const sizes = text.split(',').map((size) => size.trim())
  return sizes.every((size) => /^[1-9]\d{0,9}$/.test(size)) ? sizes.map(Number) : undefined
}

/** The datatype that the text of a `fogline-datatype` header names, or undefined. */
export function datatypeFromText(text: string): Datatype | undefined {
  return isDatatype(text) ? text : undefined
}
