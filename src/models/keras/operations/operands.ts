import type { Datatype } from '../../../core/tensor.ts'
import type { Graph, Value } from '../../onnx/graph.ts'
import { cast } from '../../onnx/operators.ts'
import type { Argument } from '../arguments.ts'
import type { JsonObject } from '../json.ts'
import type { LayerCall } from '../layer-kind.ts'
import { Settings } from '../settings.ts'
import { literalTensor, readLiteral } from './literal.ts'
import { isLiteral, type Operand } from './promotion.ts'

/** What one call of an operation is given, by the names of its parameters. */
export class Operands {
  readonly graph: Graph
  readonly kerasMajor: number
  readonly #call: LayerCall
  readonly #parameters: readonly Parameter[]
  readonly #read = new Set<number>()

  /**
   * `parameters` are in order: `x1 x2`. `x=input_tensor` is called `input_tensor` by the file, and `*xs`
   * takes all that is left.
   */
  constructor(call: LayerCall, parameters: string) {
    this.graph = call.graph
    this.kerasMajor = call.kerasMajor
    this.#call = call
    this.#parameters = parameters.split(' ').map(readParameter)
  }

  /** The argument of that name; undefined where it is absent or null. */
  argument(name: string): Argument<Value> | undefined {
    const index = this.#parameters.findIndex((each) => each.name === name)
    const parameter = this.#parameters[index]
    if (!parameter) return undefined
    const { settings, keywords, positional } = this.#call
    const rest = positional.slice(index)
    if (parameter.takesRest && rest.length > 0) {
      for (let each = index; each < positional.length; each++) this.#read.add(each)
      return { kind: 'list', items: rest }
    }
    const isAfterRest = this.#parameters.slice(0, index).some((each) => each.takesRest)
    const given = (isAfterRest ? undefined : positional[index]) ?? keywords.any(parameter.foreign)
    if (!isAfterRest) this.#read.add(index)
    if (given) return isNull(given) ? undefined : given
    // The settings of Keras 2's lambdas are those of a layer.
    const setting = this.kerasMajor < 3 ? undefined : settings.any(parameter.foreign)
    return setting === undefined ? undefined : { kind: 'literal', value: setting }
  }

  has(name: string): boolean {
    return this.argument(name) !== undefined
  }

  /** The tensor or numbers of that name; ERR_MODEL where there are none. */
  operand(name: string): Operand {
    const given = this.argument(name)
    if (!given) throw this.wrong(name, null, 'a tensor or numbers')
    return this.#operand(name, given)
  }

  /** The tensor of that name. */
  value(name: string): Value {
    const operand = this.operand(name)
    if (isLiteral(operand)) throw this.wrong(name, operand.numbers.slice(0, 4), 'a tensor')
    return operand
  }

  /** The operands in a list of them. */
  operands(name: string): readonly Operand[] {
    const given = this.argument(name)
    if (given?.kind !== 'list') throw this.wrong(name, null, 'a list of tensors')
    const [first] = given.items
    const items = given.items.length === 1 && first?.kind === 'list' ? first.items : given.items
    if (items.length === 0) throw this.wrong(name, [], 'a list of tensors')
    return items.map((item) => this.#operand(name, item))
  }

  /** `operand` as a value of `datatype`. */
  as(operand: Operand, datatype: Datatype): Value {
    if (!isLiteral(operand)) return cast(this.graph, operand, datatype)
    const [number] = operand.numbers
    if (datatype === 'FP32' && operand.shape.length === 0 && number !== undefined) {
      return this.graph.scalar(number)
    }
    const tensor = literalTensor(operand, datatype)
    if (!tensor) {
      throw this.#call.settings.refuse(
        `takes ${operand.numbers.slice(0, 4)}, which is no ${datatype}`,
      )
    }
    return this.graph.constant(tensor)
  }

  /** The JSON of that name; undefined where it is absent or null, ERR_MODEL where it holds tensors. */
  json(name: string): unknown {
    const given = this.argument(name)
    return given && this.#json(name, given)
  }

  number(name: string, fallback?: number): number {
    const literal = readLiteral(this.json(name) ?? fallback)
    const [number] = literal?.numbers ?? []
    if (number === undefined || literal?.shape.length !== 0 || literal.type === 'bool')
      throw this.wrong(name, this.json(name) ?? null, 'a number')
    return number
  }

  integer(name: string, fallback?: number): number {
    const number = this.number(name, fallback)
    if (!Number.isSafeInteger(number)) throw this.wrong(name, number, 'an integer')
    return number
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.json(name) ?? fallback
    if (typeof value !== 'boolean') throw this.wrong(name, value, 'true or false')
    return value
  }

  /** Integers in a list of them, or one. */
  integers(name: string): readonly number[] | undefined {
    const value = this.json(name)
    if (value === undefined) return undefined
    const literal = readLiteral(value)
    if (literal && literal.numbers.length === 0) return []
    const isList = literal !== undefined && literal.shape.length <= 1 && literal.type !== 'bool'
    if (!isList || !literal.numbers.every(Number.isSafeInteger))
      throw this.wrong(name, value, 'integers')
    return literal.numbers
  }

  /** A shape: integers, or sizes of other tensors that are known. */
  sizes(name: string): readonly number[] {
    const given = this.argument(name)
    if (given?.kind === 'literal') return this.integers(name) ?? []
    const items = given?.kind === 'list' ? given.items : given ? [given] : []
    const sizes = items.flatMap((item): readonly unknown[] => {
      if (item.kind === 'tensor') return item.tensor.sizes ?? [undefined]
      return [item.kind === 'literal' ? item.value : undefined]
    })
    return sizes.map((size) => {
      if (!Number.isSafeInteger(size)) throw this.wrong(name, 'a tensor', 'sizes that are known')
      return Number(size)
    })
  }

  /** One of `allowed`; the first of them where it is absent. */
  choice<T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const value = this.json(name) ?? allowed[0]
    const found = allowed.find((each) => each === value)
    if (found === undefined) throw this.wrong(name, value, allowed.join(' or '))
    return found
  }

  /** A call of a layer with these settings, on `input` only, where this operation is. */
  layerCall(config: JsonObject, input: Value): LayerCall {
    const settings = new Settings(config, this.#call.settings.place)
    return { ...this.#call, settings, inputs: [input] }
  }

  /** Throws ERR_MODEL for an argument that nobody read, unless it is null. */
  checkAllRead(): void {
    this.#call.positional.forEach((given, index) => {
      if (this.#read.has(index) || isNull(given)) return
      throw this.refuse(`has an argument ${index}, which is not supported`)
    })
  }

  /** An error that says which argument of which layer is wrong, and what it may be. */
  wrong(name: string, value: unknown, allowed: string): Error {
    const parameter = this.#parameters.find((each) => each.name === name)
    return this.#call.settings.wrong(parameter?.foreign ?? name, value, allowed)
  }

  /** An error that says what of the layer cannot be converted. */
  refuse(what: string): Error {
    return this.#call.settings.refuse(what)
  }

  #operand(name: string, given: Argument<Value>): Operand {
    if (given.kind === 'tensor') return given.tensor
    const json = this.#json(name, given)
    const literal = readLiteral(json)
    if (!literal) throw this.wrong(name, json, 'a tensor or numbers')
    // TensorFlow makes numbers what they meet; Keras 3 makes a list of them an array of its own.
    const isWeak = this.kerasMajor < 3 || literal.shape.length === 0
    if (literal.type !== 'number' || !isWeak) return literal
    return { ...literal, type: 'int' }
  }

  #json(name: string, given: Argument<Value>): unknown {
    if (given.kind === 'literal') return given.value
    if (given.kind === 'list') return given.items.map((item) => this.#json(name, item))
    throw this.wrong(name, 'a tensor', 'a constant')
  }
}

interface Parameter {
  readonly name: string
  readonly foreign: string
  readonly takesRest: boolean
}

function readParameter(text: string): Parameter {
  const takesRest = text.startsWith('*')
  const [name = '', foreign = name] = text.slice(takesRest ? 1 : 0).split('=')
  return { name, foreign, takesRest }
}

function isNull(given: Argument<Value>): boolean {
  return given.kind === 'literal' && given.value === null
}
