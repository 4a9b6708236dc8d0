import { PROTOBUF_DEPTH_MAX } from './limits.ts'
import { refuse } from './refuse.ts'

/** A protobuf message under construction; its parts are copied once, when `bytes` is called. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = []
  #sizeBytes = 0

  /** An integer of any protobuf type that is a varint; negative ones as 64-bit two's complement. */
  integer(field: number, value: number): this {
    return this.#push(varint(field * 8)).#push(varint(value))
  }

  float(field: number, value: number): this {
    const part = new Uint8Array(4)
    new DataView(part.buffer).setFloat32(0, value, true)
    return this.#push(varint(field * 8 + 5)).#push(part)
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'))
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varint(field * 8 + 2))
      .#push(varint(value.byteLength))
      .#push(value)
  }

  message(field: number, value: MessageWriter): this {
    this.#push(varint(field * 8 + 2)).#push(varint(value.#sizeBytes))
    for (const part of value.#parts) this.#push(part)
    return this
  }

  /** The whole message. */
  finish(): Uint8Array {
    return Buffer.concat(this.#parts, this.#sizeBytes)
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part)
    this.#sizeBytes += part.byteLength
    return this
  }
}

function varint(value: number): Uint8Array {
  // Nearly all are field numbers and small sizes, and big integers are slow.
  if (value >= 0 && value < 0x80) return Uint8Array.of(value)
  if (value >= 0 && value < 0x4000) return Uint8Array.of((value & 0x7f) | 0x80, value >> 7)
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

/** One field of a message: a number (a varint), or bytes (a text, a message, packed numbers). */
export interface Field {
  readonly number: number
  readonly integer: number
  readonly bytes: Uint8Array
}

const NO_BYTES = new Uint8Array()

/** The fields of a message, in order; ERR_MODEL where it is truncated or of an unknown wire type. */
export function* readFields(message: Uint8Array): Generator<Field> {
  let at = 0
  while (at < message.length) {
    const key = readVarint(message, at)
    at = key.next
    const number = Math.floor(key.value / 8)
    if (number === 0) throw refuse('protobuf is corrupt')
    const wireType = key.value % 8
    if (wireType === 0) {
      const { value, next } = readVarint(message, at)
      yield { number, integer: value, bytes: NO_BYTES }
      at = next
    } else {
      const { start, end } = extent(message, at, wireType)
      yield { number, integer: 0, bytes: message.subarray(start, end) }
      at = end
    }
  }
}

/** A message whose fields are looked up by number; of a field given twice the last one holds. */
export interface Message {
  /** 0 where absent. */
  integer(field: number): number
  /** Empty where absent. */
  text(field: number): string
  bytes(field: number): Uint8Array | undefined
  /** A field that is itself a message; an empty one where absent. */
  message(field: number): Message
  /** Every occurrence of a repeated field. */
  all(field: number): readonly Field[]
  /** Every occurrence of a repeated field, as messages. */
  messages(field: number): readonly Message[]
  /** The entries of a map whose keys are texts and whose values are messages. */
  entries(field: number): ReadonlyMap<string, Message>
}

/** The fields of `bytes` by number; messages in it are read when they are asked for. */
export function readMessage(bytes: Uint8Array): Message {
  const byNumber = new Map<number, Field[]>()
  for (const field of readFields(bytes)) {
    const known = byNumber.get(field.number)
    if (known) known.push(field)
    else byNumber.set(field.number, [field])
  }
  const all = (field: number): readonly Field[] => byNumber.get(field) ?? []
  const last = (field: number) => byNumber.get(field)?.at(-1)
  const messages = (field: number) => all(field).map((each) => readMessage(each.bytes))
  return {
    integer: (field) => last(field)?.integer ?? 0,
    text: (field) => textOf(last(field)?.bytes ?? NO_BYTES),
    bytes: (field) => last(field)?.bytes,
    message: (field) => readMessage(last(field)?.bytes ?? NO_BYTES),
    all,
    messages,
    entries: (field) =>
      new Map(messages(field).map((entry) => [entry.text(1), entry.message(2)] as const)),
  }
}

/** A text as protobuf stores it. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** The integers of a repeated field, packed or not. */
export function integersOf(field: Field): readonly number[] {
  if (field.bytes.length === 0) return [field.integer]
  const integers: number[] = []
  for (let at = 0; at < field.bytes.length; ) {
    const { value, next } = readVarint(field.bytes, at)
    integers.push(value)
    at = next
  }
  return integers
}

/** Throws ERR_MODEL where messages are nested beyond what any model needs. */
export function checkDepth(depth: number): void {
  if (depth > PROTOBUF_DEPTH_MAX) {
    throw refuse(`protobuf messages are nested more than ${PROTOBUF_DEPTH_MAX} deep`)
  }
}

/** Where the value of a field lies that is no varint. */
function extent(message: Uint8Array, at: number, wireType: number): { start: number; end: number } {
  const fixed = wireType === 1 ? 8 : wireType === 5 ? 4 : undefined
  if (fixed === undefined && wireType !== 2) throw refuse('protobuf is corrupt')
  const { value: length, next: start } =
    fixed === undefined ? readVarint(message, at) : { value: fixed, next: at }
  if (length < 0 || start + length > message.length)
    throw refuse('protobuf is truncated or corrupt')
  return { start, end: start + length }
}

/** A varint as a signed 64-bit number; beyond 2^53 it loses precision, which no size may do. */
function readVarint(message: Uint8Array, start: number): { value: number; next: number } {
  let small = 0
  for (let index = 0; index < SMALL_BYTES; index++) {
    const byte = message[start + index]
    if (byte === undefined) throw refuse('protobuf is truncated or corrupt')
    small |= (byte & 0x7f) << (7 * index)
    if (byte < 0x80) return { value: small, next: start + index + 1 }
  }
  return readLongVarint(message, start)
}

/** Varints up to here fit into the 31 bits that are fast; almost all are. */
const SMALL_BYTES = 4

function readLongVarint(message: Uint8Array, start: number): { value: number; next: number } {
  let value = 0n
  for (let index = 0; index < 10; index++) {
    const byte = message[start + index]
    if (byte === undefined) throw refuse('protobuf is truncated or corrupt')
    value |= BigInt(byte & 0x7f) << BigInt(7 * index)
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), next: start + index + 1 }
  }
  throw refuse('protobuf is corrupt')
}
