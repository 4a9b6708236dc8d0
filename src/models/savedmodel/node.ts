import { integersOf, type Message, textOf } from '../protobuf.ts'
import { quote, refuse } from '../refuse.ts'
import { type Reference, readReference } from './reference.ts'

/** An operation of a TensorFlow graph (node_def.proto). */
export interface GraphNodeDef {
  readonly op: string
  readonly name: string
  /** The values that it takes; what must only have run before (`^name`) is none. */
  readonly inputs: readonly Reference[]
  readonly attributes: Attributes
}

/** The attributes of an operation, by name; what is absent has the operation's own default. */
export interface Attributes {
  integer(name: string, fallback: number): number
  float(name: string, fallback: number): number
  flag(name: string, fallback: boolean): boolean
  text(name: string, fallback: string): string
  integers(name: string, fallback: readonly number[]): readonly number[]
  /** The number of a TensorFlow type; 0 where absent. */
  type(name: string): number
  /** The name of a function; ERR_MODEL where absent. */
  functionName(name: string): string
  tensor(name: string): Message
}

/** A NodeDef. */
export function readNode(message: Message): GraphNodeDef {
  const name = message.text(1)
  return {
    op: message.text(2),
    name,
    inputs: message
      .all(3)
      .map(({ bytes }) => textOf(bytes))
      .filter((input) => !input.startsWith('^'))
      .map(readReference),
    attributes: readAttributes(message, name),
  }
}

/** The AttrValues of a node (attr_value.proto), read when one is asked for: most nodes are never run. */
function readAttributes(message: Message, node: string): Attributes {
  const read: ReadonlyMap<string, Message>[] = []
  const attribute = (name: string): Message | undefined => {
    const [values = message.entries(5)] = read
    read[0] = values
    return values.get(name)
  }
  const or = <T>(name: string, fallback: T, read: (value: Message) => T): T => {
    const value = attribute(name)
    return value ? read(value) : fallback
  }
  return {
    integer: (name, fallback) => or(name, fallback, (value) => value.integer(3)),
    float: (name, fallback) => or(name, fallback, (value) => floatOf(value.bytes(4))),
    flag: (name, fallback) => or(name, fallback, (value) => value.integer(5) !== 0),
    text: (name, fallback) => or(name, fallback, (value) => value.text(2)),
    integers: (name, fallback) =>
      or(name, fallback, (value) => value.message(1).all(3).flatMap(integersOf)),
    type: (name) => or(name, 0, (value) => value.integer(6)),
    functionName: (name) => {
      const found = attribute(name)?.message(10).text(1)
      if (!found) throw refuse(`node ${quote(node)} names no function ${quote(name)}`)
      return found
    },
    tensor: (name) => {
      const value = attribute(name)
      if (!value) throw refuse(`node ${quote(node)} has no ${quote(name)}`)
      return value.message(8)
    },
  }
}

function floatOf(bytes: Uint8Array | undefined): number {
  return bytes?.length === 4 ? Buffer.from(bytes).readFloatLE(0) : 0
}
