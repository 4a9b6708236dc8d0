import { type Datatype, elementCount, type Tensor, type TensorSpec } from '../../core/tensor.ts'
import {
  COMPUTED_ELEMENTS_MAX,
  OPERATORS_MAX,
  SAMPLE_ELEMENTS_MAX,
  SUBGRAPH_DEPTH_MAX,
} from '../limits.ts'
import { refuse } from '../refuse.ts'

/** A tensor that flows through the graph. */
export interface Value {
  readonly name: string
  readonly datatype: Datatype
  /** The first axis is the batch; -1 stands for what is only known when the model runs. */
  readonly shape: readonly number[]
  /** If it is another value with its axes permuted: which, and how. */
  readonly transposed?: { readonly from: Value; readonly axes: readonly number[] }
  /** If it is the shape of another value, or part of it: the sizes; -1 is the batch, NaN unknown. */
  readonly sizes?: readonly number[]
}

/** What an operator is told besides its inputs. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  /** What the operator runs, as for each step of a Scan; made by `Graph.body`. */
  | { readonly graph: Graph }

/** An operator by its ONNX name. */
export interface OperatorCall {
  readonly op: string
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** What one output of an operator is. */
export interface Yield {
  readonly shape: readonly number[]
  /** Of the result; that of the first input if absent. */
  readonly datatype?: Datatype
}

/** An operator with what it yields. */
export interface Operator extends OperatorCall, Yield {}

/** An operator in its graph. */
export interface GraphNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** The values that a node reads: its inputs, and what its subgraphs take from the graph around them. */
export function readsOf({ inputs, attributes }: GraphNode): readonly string[] {
  const bodies = Object.values(attributes).flatMap((each) => ('graph' in each ? [each.graph] : []))
  return [...inputs, ...bodies.flatMap(({ nodes }) => nodes.flatMap(readsOf))]
}

/** An ONNX graph under construction: operators are added in order, with the shapes they yield. */
export class Graph {
  readonly inputs: Value[] = []
  readonly outputs: Value[] = []
  readonly nodes: GraphNode[] = []
  readonly constants: Map<string, Tensor> = new Map()
  /** Every value by its name, constants included; outputs are copies, and not among them. */
  readonly values: Map<string, Value> = new Map()
  readonly #constantOf = new Map<Tensor, Value>()
  readonly #scalars = new Map<number, Value>()
  readonly #root: Graph
  readonly #depth: number
  /**
   * What names of values begin with: those of a subgraph are like no others of the model, and none is
   * like a layer's, which has no slash in front; sections call their inputs and outputs by layers.
   */
  readonly #prefix: string
  #operators = 0
  #bodies = 0
  #computedElements = 0

  /** A graph of its own; one within `around` is what `body` gives. */
  constructor(around?: Graph) {
    this.#root = around ? around.#root : this
    this.#depth = around ? around.#depth + 1 : 0
    this.#prefix = around ? `/b${this.#root.#bodies++}_` : '/'
    if (this.#depth > SUBGRAPH_DEPTH_MAX) {
      throw refuse(`model has loops in loops, more than ${SUBGRAPH_DEPTH_MAX} deep`)
    }
  }

  /**
   * A graph that an operator of this one is to run. It may use all values that this one has, and its
   * constants are kept with the outermost graph's.
   */
  body(): Graph {
    return new Graph(this)
  }

  /** A new input; its name in the graph is `/input_0`, `/input_1` and so on. */
  input(spec: Omit<TensorSpec, 'name'>): Value {
    const { datatype, shape } = spec
    const name = `${this.#prefix}input_${this.inputs.length}`
    const value = { name, datatype, shape: checked(shape) }
    this.inputs.push(value)
    this.values.set(value.name, value)
    return value
  }

  /** Makes `value` an output; its name in the graph is `/output_0`, `/output_1` and so on. */
  output(value: Value): void {
    const name = `${this.#prefix}output_${this.outputs.length}`
    this.nodes.push({ op: 'Identity', inputs: [value.name], outputs: [name], attributes: {} })
    this.outputs.push({ ...value, name })
  }

  /** The result of an operator with one output. */
  add({ op, inputs, attributes = {}, shape, datatype }: Operator): Value {
    const [value] = this.addAll({ op, inputs, attributes, shape, ...(datatype && { datatype }) }, 1)
    if (!value) throw new RangeError('Cannot add operator: it has no output')
    return value
  }

  /** The results of an operator with `count` outputs of the same shape. */
  addAll({ shape, datatype, ...call }: Operator, count: number): Value[] {
    const each: Yield = { shape, ...(datatype && { datatype }) }
    return this.addEach(call, Array<Yield>(count).fill(each))
  }

  /** The results of an operator whose outputs are what `yields` says, one by one. */
  addEach({ op, inputs, attributes = {} }: OperatorCall, yields: readonly Yield[]): Value[] {
    this.#root.#operators += 1
    if (this.#root.#operators > OPERATORS_MAX)
      throw refuse(`model needs more than ${OPERATORS_MAX} operators`)
    const values = yields.map(({ shape, datatype }, index): Value => {
      const name = `${this.#prefix}v${this.nodes.length}_${index}`
      return { name, datatype: datatype ?? inputs[0]?.datatype ?? 'FP32', shape: checked(shape) }
    })
    for (const value of values) this.values.set(value.name, value)
    const names = inputs.map((input) => input?.name ?? '')
    this.nodes.push({ op, inputs: names, outputs: values.map(({ name }) => name), attributes })
    return values
  }

  /** A tensor of the file as a value; the same tensor gives the same value, and is stored once. */
  constant(tensor: Tensor): Value {
    if (this.#root !== this) return this.#root.constant(tensor)
    const known = this.#constantOf.get(tensor)
    if (known) return known
    const name = `/c${this.constants.size}`
    const value = { name, datatype: tensor.datatype, shape: tensor.shape }
    this.constants.set(name, tensor)
    this.values.set(name, value)
    this.#constantOf.set(tensor, value)
    return value
  }

  /** A tensor that the file does not hold; ERR_MODEL where it makes too many of them necessary. */
  computed(tensor: Tensor): Value {
    this.#root.#computedElements += tensor.data.length
    if (this.#root.#computedElements > COMPUTED_ELEMENTS_MAX)
      throw refuse(`model needs more than ${COMPUTED_ELEMENTS_MAX} computed constants`)
    return this.constant(tensor)
  }

  /** One FP32 number, of shape []. */
  scalar(number: number): Value {
    if (this.#root !== this) return this.#root.scalar(number)
    const known = this.#scalars.get(number)
    if (known) return known
    const value = this.constant({ datatype: 'FP32', shape: [], data: Float32Array.of(number) })
    this.#scalars.set(number, value)
    return value
  }

  /** One INT64, of shape []. */
  integer(number: number): Value {
    return this.constant({ datatype: 'INT64', shape: [], data: BigInt64Array.of(BigInt(number)) })
  }

  /** A list of INT64, as shapes, axes and paddings are given. */
  integers(numbers: readonly number[]): Value {
    const data = BigInt64Array.from(numbers, BigInt)
    return this.constant({ datatype: 'INT64', shape: [numbers.length], data })
  }
}

/** `shape`, unless a sample of it would not fit into memory. */
function checked(shape: readonly number[]): readonly number[] {
  const elements = elementCount(shape.map((size) => Math.abs(size)))
  if (!(elements <= SAMPLE_ELEMENTS_MAX)) {
    throw refuse(
      `a tensor of shape [${shape.join(', ')}] is too large (at most ${SAMPLE_ELEMENTS_MAX} elements)`,
    )
  }
  return shape
}
