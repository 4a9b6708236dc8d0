import type { Type, types } from 'avsc'
import avsc from 'avsc'
import { FoglineError } from '../../std/errors.ts'
import { sampleError } from '../nested.ts'
import type { AvroSchema } from './schema.ts'

/** Where in a value the sample is. */
export interface Sampling {
  /** The record's fields that are the sample; undefined where a value is no record. */
  readonly fields: ReadonlySet<string> | undefined
  /** Numbers, perhaps nested in arrays, or raw bytes. Throws ERR_TENSOR where there are none. */
  readonly take: Take
}

/** Takes the sample out of a value that was read by its type. */
export type Take = (value: unknown) => unknown

/**
 * Where the sample lies in values of `schema`: in a number, in arrays of them, in bytes; in a record it
 * is `fields` in this order, else the only one with several numbers if no other has any, else all, each
 * a number. Of a union it is in the branch that a value has. Throws ERR_TENSOR where that leaves
 * nothing, or a choice.
 */
export function samplingOf(schema: AvroSchema, fields?: readonly string[]): Sampling {
  const used = new Set<string>()
  const take = topTake(schema.type, { ...schema, fields, used })
  if (!take) throw unsuitable(`${typeText(schema.type)} (numbers, arrays of them or bytes)`)
  return { fields: used.size > 0 ? used : undefined, take }
}

/** `type`, of whose records only `fields` are left. */
export function projectionOf(type: Type, fields: ReadonlySet<string>): Type {
  if (type instanceof avsc.types.WrappedUnionType) {
    const branches = type.types.map((branch) => projectionOf(branch, fields))
    // Its typings leave out that types may be parts of a schema.
    return avsc.Type.forSchema(branches as never, { wrapUnions: 'always' })
  }
  if (!(type instanceof avsc.types.RecordType)) return type
  const kept = type.fields.filter(({ name }) => fields.has(name))
  if (kept.length === type.fields.length) return type
  return avsc.Type.forSchema({
    type: 'record',
    name: type.name ?? 'Record',
    fields: kept.map((field) => ({ name: field.name, type: field.type })),
  })
}

interface Place {
  readonly opaque: AvroSchema['opaque']
  readonly fields: readonly string[] | undefined
  /** Filled with the fields that are taken. */
  readonly used: Set<string>
}

function topTake(type: Type, place: Place): Take | undefined {
  if (type instanceof avsc.types.RecordType) return takeRecord(type, place)
  if (type instanceof avsc.types.WrappedUnionType) {
    return takeBranch(type, (branch) => topTake(branch, place))
  }
  return takeOf(type, place)
}

const same: Take = (value) => value

/** Undefined where values of `type` hold no numbers. */
function takeOf(type: Type, place: Place): Take | undefined {
  const { types } = avsc
  if (type instanceof types.ArrayType) {
    const take = takeOf(type.itemsType, place)
    if (!take || take === same) return take
    return (items) => (items as readonly unknown[]).map(take)
  }
  if (type instanceof types.WrappedUnionType) {
    return takeBranch(type, (branch) => takeOf(branch, place))
  }
  const isNumber = NUMBERS.has(type.typeName)
  return isNumber || (isBytes(type) && !place.opaque.has(type)) ? same : undefined
}

const NUMBERS: ReadonlySet<string> = new Set(['boolean', 'int', 'long', 'float', 'double'])

function isBytes(type: Type): boolean {
  return type instanceof avsc.types.BytesType || type instanceof avsc.types.FixedType
}

function holdsSeveral(type: Type): boolean {
  if (type instanceof avsc.types.WrappedUnionType) return type.types.some(holdsSeveral)
  return type instanceof avsc.types.ArrayType || isBytes(type)
}

function takeBranch(
  type: types.WrappedUnionType,
  takeOfBranch: (branch: Type) => Take | undefined,
): Take | undefined {
  const takes = new Map(type.types.map((branch) => [branch.branchName, takeOfBranch(branch)]))
  if (![...takes.values()].some((take) => take)) return undefined
  return (value) => {
    if (value === null) throw sampleError('it is null, or holds null')
    // avsc wraps the value of a branch into an object with the branch's name as its only key.
    const [[name, inner] = []] = Object.entries(value as object)
    const take = takes.get(name)
    if (!take) throw sampleError(`it holds a value of type "${name}"`)
    return take(inner)
  }
}

function takeRecord(type: types.RecordType, place: Place): Take {
  const fields = place.fields?.map((name) => fieldOf(type, name)) ?? defaultFields(type, place)
  const takes = fields.map((field) => ({ name: field.name, take: takeField(field, place) }))
  const [only] = takes
  for (const { name } of takes) place.used.add(name)
  if (only && takes.length === 1) return (record) => only.take(fieldValue(record, only.name))
  const wide = fields.find((field) => holdsSeveral(field.type))
  if (wide)
    throw unsuitable(`field "${wide.name}" of ${takes.length} is ${typeText(wide.type)} (a number)`)
  return (record) => takes.map(({ name, take }) => take(fieldValue(record, name)))
}

function fieldOf(type: types.RecordType, name: string): types.Field {
  const field = type.fields.find((one) => one.name === name)
  if (field) return field
  const names = type.fields.map((one) => one.name).join(', ')
  throw unsuitable(`field "${name}" is missing (there are ${names})`)
}

function defaultFields(type: types.RecordType, place: Place): readonly types.Field[] {
  const numeric = type.fields.filter((field) => takeOf(field.type, place))
  const hasSeveral = numeric.some((field) => holdsSeveral(field.type))
  if (numeric.length === (hasSeveral ? 1 : type.fields.length)) return numeric
  throw unsuitable(
    `${typeText(type)} leaves open which fields are the sample (name them as fields)`,
  )
}

function takeField(field: types.Field, place: Place): Take {
  const take = takeOf(field.type, place)
  if (take) return take
  throw unsuitable(
    `field "${field.name}" is ${typeText(field.type)} (numbers, arrays of them or bytes)`,
  )
}

/** avsc gives an object with all fields of the type that it read. */
function fieldValue(record: unknown, name: string): unknown {
  return (record as Readonly<Record<string, unknown>>)[name]
}

function typeText({ typeName, name }: Type): string {
  return name === undefined ? typeName : `${typeName} "${name}"`
}

function unsuitable(state: string): FoglineError {
  return new FoglineError(`Cannot use Avro schema: ${state}`, { code: 'ERR_TENSOR' })
}
