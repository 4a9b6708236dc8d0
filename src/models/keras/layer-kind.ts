import { shapeFits } from '../../core/tensor.ts'
import type { Graph, Value } from '../onnx/graph.ts'
import { quote, refuse } from '../refuse.ts'
import type { Argument } from './arguments.ts'
import type { Keywords } from './keywords.ts'
import type { Precision, Settings } from './settings.ts'

/** One class of Keras layers: how it becomes ONNX. */
export interface LayerKind {
  /** Its own weights in the order in which Keras keeps them; none if absent. */
  readonly weights?: (settings: Settings) => readonly WeightSlot[]
  /** Adds what the layer does to the graph; ERR_MODEL for settings that cannot be honoured. */
  readonly convert: (call: LayerCall) => Value | readonly Value[]
  /**
   * The mask of its first output: that of the first input if `passes`; none if absent. It is BOOL of
   * [batch, time], true for the steps that count. `output` is what `convert` gave first.
   */
  readonly mask?: 'passes' | ((call: LayerCall, output: Value) => Value | undefined)
  /** Of an operation: what the call itself says that floats are declared as, as a cast does. */
  readonly precision?: (call: LayerCall) => Precision | undefined
}

/** One weight that a layer asks for. */
export interface WeightSlot {
  /** As `LayerCall.weight` knows it, and as the last part of its name in an `.h5` file. */
  readonly name: string
  /** Where it is below the layer in a `.keras` file: `vars/0`, `cell/vars/1`. */
  readonly stored: string
  /** Where Keras 2 has it instead. */
  readonly storedInKeras2?: string
  /** Names in `.h5` files besides `name`. */
  readonly aliases?: readonly string[]
  /** Whether no training changes it, as statistics: an `.h5` file lists it last. */
  readonly isFixed?: true
}

/** The weights that a layer keeps in `folder` of a `.keras` file: its own, or those of its cell. */
export function weightSlots(names: readonly string[], folder = 'vars'): readonly WeightSlot[] {
  return names.map((name, index) => ({ name, stored: `${folder}/${index}` }))
}

/** One call of a layer, to be converted. */
export interface LayerCall {
  readonly graph: Graph
  readonly settings: Settings
  /** The main version of the Keras that wrote the file: it decides what some settings mean. */
  readonly kerasMajor: number
  /** All tensors among the positional arguments, in Keras' order. */
  readonly inputs: readonly Value[]
  /** What it is called on, literals included: what operations look at. */
  readonly positional: readonly Argument<Value>[]
  readonly keywords: Keywords
  /** The layers that it wraps, in Keras' order: of a TimeDistributed, a Bidirectional, an RNN. */
  readonly wrapped: readonly WrappedLayer[]
  /**
   * Which steps of an input count, BOOL of [batch, time]: what the keyword `mask` says, else what the
   * layers before imply; undefined where all count.
   */
  mask(input?: number): Value | undefined
  /** What steps of any value count; a layer may note here what its own `mask` looks up. */
  readonly masks: Map<Value, Value>
  /** The weight of that name; ERR_MODEL unless it has this shape (-1 allows any size). */
  weight(name: string, shape: readonly number[]): Value
}

/** A layer within a layer. */
export interface WrappedLayer {
  readonly className: string
  /** Of the layer's configuration; what is not read is refused, as with any layer's. */
  readonly settings: Settings
  /** As of `LayerCall`, of this layer's own weights. */
  weight(name: string, shape: readonly number[]): Value
  readonly wrapped: readonly WrappedLayer[]
  /** Calls the layer, or nested model, by itself; masks of `inputs` are those in `LayerCall.masks`. */
  apply(inputs: readonly Value[]): readonly Value[]
}

/** The only input of a layer that takes one; ERR_MODEL where it has more, or none. */
export function onlyInput(call: LayerCall): Value {
  const [input, ...others] = call.inputs
  if (!input || others.length > 0) {
    throw call.settings.refuse(`has ${call.inputs.length} inputs (expected one)`)
  }
  return input
}

/** The one value that a layer gives. */
export function onlyOutput(outputs: Value | readonly Value[]): Value {
  const [output] = 'name' in outputs ? [outputs] : outputs
  if (!output) throw new RangeError('Cannot convert layer: it gives nothing')
  return output
}

/** The only input, which must have `rank` axes, the batch among them. */
export function inputOfRank(call: LayerCall, rank: number): Value {
  const input = onlyInput(call)
  if (input.shape.length !== rank) {
    throw call.settings.refuse(`takes [${input.shape.join(', ')}] (expected ${rank} axes)`)
  }
  return input
}

/** The size of `value` along `axis`, which must be known. */
export function knownSize(call: LayerCall, value: Value, axis: number): number {
  const size = value.shape.at(axis)
  if (size === undefined || size < 0) {
    throw call.settings.refuse(`takes an input of unknown size along axis ${axis}`)
  }
  return size
}

/** `axis` counted from the front; ERR_MODEL where it is the batch or does not exist. */
export function sampleAxis(call: LayerCall, value: Value, axis: number): number {
  const rank = value.shape.length
  const positive = axis < 0 ? axis + rank : axis
  if (positive < 1 || positive >= rank) throw call.settings.wrong('axis', axis, `1 to ${rank - 1}`)
  return positive
}

/** Throws ERR_MODEL unless a weight has the shape that the layer's settings ask for. */
export function checkWeight(
  place: string,
  name: string,
  shapes: readonly [readonly number[], readonly number[]],
): void {
  const [given, expected] = shapes
  if (!shapeFits(given, expected)) {
    throw refuse(
      `layer ${quote(place)} has weights ${quote(name)} of shape [${given.join(', ')}] (expected [${expected.join(', ')}])`,
    )
  }
}
