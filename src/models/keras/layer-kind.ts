import { shapeFits } from '../../core/tensor.ts'
import type { Graph, Value } from '../onnx/graph.ts'
import { quote, refuse } from '../refuse.ts'
import type { Settings } from './settings.ts'

/** One class of Keras layers: how it becomes ONNX. */
export interface LayerKind {
  /** The names of its weights in the order in which Keras keeps them; none if absent. */
  readonly weights?: (settings: Settings) => readonly string[]
  /** Adds what the layer does to the graph; ERR_MODEL for settings that cannot be honoured. */
  readonly convert: (call: LayerCall) => Value
}

/** One call of a layer, to be converted. */
export interface LayerCall {
  readonly graph: Graph
  readonly settings: Settings
  /** The main version of the Keras that wrote the file: it decides what some settings mean. */
  readonly kerasMajor: number
  readonly inputs: readonly Value[]
  /** The weight of that name; ERR_MODEL unless it has this shape (-1 allows any size). */
  weight(name: string, shape: readonly number[]): Value
}

/** The only input of a layer that takes one; ERR_MODEL where it has more, or none. */
export function onlyInput(call: LayerCall): Value {
  const [input, ...others] = call.inputs
  if (!input || others.length > 0) {
    throw refuse(
      `layer ${quote(call.settings.place)} has ${call.inputs.length} inputs (expected one)`,
    )
  }
  return input
}

/** The only input, which must have `rank` axes, the batch among them. */
export function inputOfRank(call: LayerCall, rank: number): Value {
  const input = onlyInput(call)
  if (input.shape.length !== rank) {
    throw refuse(
      `layer ${quote(call.settings.place)} takes [${input.shape.join(', ')}] (expected ${rank} axes)`,
    )
  }
  return input
}

/** The size of `value` along `axis`, which must be known. */
export function knownSize(call: LayerCall, value: Value, axis: number): number {
  const size = value.shape.at(axis)
  if (size === undefined || size < 0) {
    throw refuse(
      `layer ${quote(call.settings.place)} takes an input of unknown size along axis ${axis}`,
    )
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
