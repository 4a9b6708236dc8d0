import { type Datatype, elementCount, type Tensor, type TensorSpec } from '../../core/tensor.ts'
import { OPERATORS_MAX, SAMPLE_ELEMENTS_MAX } from '../limits.ts'
import { refuse } from '../refuse.ts'

/** A tensor that flows through the graph. */
export interface Value {
  readonly name: string
  readonly datatype: Datatype
  /** The first axis is the batch; -1 stands for what is only known when the model runs. */
  readonly shape: readonly number[]
  /** If it is another value with its axes permuted: which, and how. */
  readonly transposed?: { readonly from: Value; readonly axes: readonly number[] }
}

/** What an operator is told besides its inputs. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string }

/** An operator by its ONNX name, with what it yields. */
export interface Operator {
  readonly op: string
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes?: Readonly<Record<string, Attribute>>
  readonly shape: readonly number[]
  /** Of the result; that of the first input if absent. */
  readonly datatype?: Datatype
}

/** An operator in its graph. */
export interface GraphNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
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

  /** A new input; its name in the graph is `input_0`, `input_1` and so on. */
  input(spec: Omit<TensorSpec, 'name'>): Value {
    const { datatype, shape } = spec
    const value = { name: `input_${this.inputs.length}`, datatype, shape: checked(shape) }
    this.inputs.push(value)
    this.values.set(value.name, value)
    return value
  }

  /** Makes `value` an output; its name in the graph is `output_0`, `output_1` and so on. */
  output(value: Value): void {
    const name = `output_${this.outputs.length}`
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
  addAll({ op, inputs, attributes = {}, shape, datatype }: Operator, count: number): Value[] {
    if (this.nodes.length >= OPERATORS_MAX)
      throw refuse(`model needs more than ${OPERATORS_MAX} operators`)
    const type = datatype ?? inputs[0]?.datatype ?? 'FP32'
    const values = Array.from({ length: count }, (_, index) => {
      return { name: `v${this.nodes.length}_${index}`, datatype: type, shape: checked(shape) }
    })
    for (const value of values) this.values.set(value.name, value)
    const names = inputs.map((input) => input?.name ?? '')
    this.nodes.push({ op, inputs: names, outputs: values.map(({ name }) => name), attributes })
    return values
  }

  /** A tensor of the file as a value; the same tensor gives the same value, and is stored once. */
  constant(tensor: Tensor): Value {
    const known = this.#constantOf.get(tensor)
    if (known) return known
    const name = `c${this.constants.size}`
    const value = { name, datatype: tensor.datatype, shape: tensor.shape }
    this.constants.set(name, tensor)
    this.values.set(name, value)
    this.#constantOf.set(tensor, value)
    return value
  }

  /** One FP32 number, of shape []. */
  scalar(number: number): Value {
    const known = this.#scalars.get(number)
    if (known) return known
    const value = this.constant({ datatype: 'FP32', shape: [], data: Float32Array.of(number) })
    this.#scalars.set(number, value)
    return value
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
