import type { Type } from 'avsc'
import avsc from 'avsc'
import { type Cursor, readInteger, skipBytes, skipVarint } from './cursor.ts'

/** Throws RangeError where bytes are not exactly one value of a type. */
export type CheckBounds = (bytes: Uint8Array) => void

/**
 * What must hold before avsc reads a value of `type`: avsc trusts every count in it (a few bytes
 * can keep it busy without end) and gives wrong numbers for large integers. `needed` names the fields of a
 * top record that are used; integers in others may be of any size.
 */
export function boundsOf(type: Type, needed?: ReadonlySet<string>): CheckBounds {
  const skip = topSkip(type, needed)
  return (bytes) => {
    const cursor: Cursor = { bytes, at: 0 }
    skip(cursor, 0)
    const left = bytes.length - cursor.at
    if (left > 0) throw new RangeError(`${left} bytes are left over`)
  }
}

/** Moves the cursor behind one value, which lies `depth` records deep. */
type Skip = (cursor: Cursor, depth: number) => void

/** How the parts of a type are skipped. */
interface Part {
  readonly exact: boolean
  /** Skips of records: they may contain themselves. */
  readonly records: Map<Type, Skip>
}

/** A list as a chain of records nests one level an item; more is no sample. */
const DEPTH_MAX = 64

const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1

function topSkip(type: Type, needed: ReadonlySet<string> | undefined): Skip {
  const exact: Part = { exact: true, records: new Map() }
  const loose: Part = { exact: false, records: new Map() }
  if (type instanceof avsc.types.WrappedUnionType) {
    return skipUnion(type.types.map((branch) => topSkip(branch, needed)))
  }
  if (!needed || !(type instanceof avsc.types.RecordType)) return skipOf(type, exact)
  return skipAll(
    type.fields.map((field) => skipOf(field.type, needed.has(field.name) ? exact : loose)),
  )
}

function skipOf(type: Type, part: Part): Skip {
  const { types } = avsc
  if (type instanceof types.ArrayType) return skipArray(type.itemsType, part)
  if (type instanceof types.MapType) {
    return skipBlocks(skipAll([skipText, skipOf(type.valuesType, part)]))
  }
  if (type instanceof types.RecordType) return skipRecord(type, part)
  if (type instanceof types.WrappedUnionType) {
    return skipUnion(type.types.map((branch) => skipOf(branch, part)))
  }
  if (type instanceof types.BytesType || type instanceof types.StringType) return skipText
  if (type instanceof types.IntType) return skipInt
  if (type instanceof types.LongType) return part.exact ? readInteger : skipVarint
  if (type instanceof types.EnumType) return skipVarint
  const sizeBytes = fixedSizeBytes(type)
  return (cursor) => skipBytes(cursor, sizeBytes)
}

function fixedSizeBytes(type: Type): number {
  const { types } = avsc
  if (type instanceof types.FixedType) return type.size
  if (type instanceof types.DoubleType) return 8
  if (type instanceof types.FloatType) return 4
  if (type instanceof types.BooleanType) return 1
  if (type instanceof types.NullType) return 0
  throw new TypeError(`Cannot read Avro type "${type.typeName}"`)
}

function skipArray(items: Type, part: Part): Skip {
  const skip = skipOf(items, part)
  const { types } = avsc
  const isWide = items instanceof types.FloatType || items instanceof types.DoubleType
  if (!isWide) return skipBlocks(skip)
  const sizeBytes = fixedSizeBytes(items)
  return skipBlocks(skip, (cursor, count) => skipBytes(cursor, count * sizeBytes))
}

type SkipItems = (cursor: Cursor, count: number, depth: number) => void

/** Items in blocks, each with a count, and a size in bytes where that is negative; 0 ends them. */
function skipBlocks(item: Skip, skipItems: SkipItems = oneByOne(item)): Skip {
  return (cursor, depth) => {
    for (;;) {
      const count = readInteger(cursor)
      if (count === 0) return
      const sizeBytes = count < 0 ? readInteger(cursor) : undefined
      const start = cursor.at
      skipItems(cursor, Math.abs(count), depth)
      if (sizeBytes !== undefined && cursor.at !== start + sizeBytes) {
        throw new RangeError(`a block has ${cursor.at - start} bytes (it says ${sizeBytes})`)
      }
    }
  }
}

function oneByOne(item: Skip): SkipItems {
  return (cursor, count, depth) => {
    for (let left = count; left > 0; left--) {
      const start = cursor.at
      item(cursor, depth)
      // Any count of these would fit into no bytes at all.
      if (cursor.at === start) throw new RangeError('an array has items without bytes')
    }
  }
}

function skipRecord(type: InstanceType<typeof avsc.types.RecordType>, part: Part): Skip {
  const known = part.records.get(type)
  if (known) return known
  let fields: Skip | undefined
  const skip: Skip = (cursor, depth) => {
    if (depth === DEPTH_MAX)
      throw new RangeError(`it is nested more than ${DEPTH_MAX} records deep`)
    fields?.(cursor, depth + 1)
  }
  part.records.set(type, skip)
  fields = skipAll(type.fields.map((field) => skipOf(field.type, part)))
  return skip
}

function skipAll(skips: readonly Skip[]): Skip {
  return (cursor, depth) => {
    for (const skip of skips) skip(cursor, depth)
  }
}

function skipUnion(branches: readonly Skip[]): Skip {
  return (cursor, depth) => {
    const index = readInteger(cursor)
    const skip = branches[index]
    if (!skip) throw new RangeError(`branch ${index} is missing (a union has ${branches.length})`)
    skip(cursor, depth)
  }
}

/** Bytes and text alike: their length, then so many bytes. */
function skipText(cursor: Cursor): void {
  skipBytes(cursor, readInteger(cursor))
}

function skipInt(cursor: Cursor): void {
  const value = readInteger(cursor)
  if (value < INT_MIN || value > INT_MAX) throw new RangeError(`${value} is no int`)
}
