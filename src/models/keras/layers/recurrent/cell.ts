import type { Attribute, Graph, Value } from '../../../onnx/graph.ts'
import type { LayerCall, WrappedLayer } from '../../layer-kind.ts'

/** What a recurrent layer does at each step of its input. */
export interface Cell {
  /** The shapes of its states, with -1 for the batch. */
  readonly states: readonly (readonly number[])[]
  /** Which of the states is its output. */
  readonly output: number
  /** What of the input does not depend on the states: of one step, or of all of them at once. */
  readonly prepare: (graph: Graph, input: Value) => Value
  /** The states after a step, from what `prepare` gave for it and the states before. */
  readonly step: (graph: Graph, input: Value, states: readonly Value[]) => readonly Value[]
  /** How its states lie outside of the layer, if not as inside. */
  readonly layout?: StateLayout
  /** What takes all steps by itself; absent where ONNX Runtime knows none like the cell. */
  readonly operator?: CellOperator
}

/** Another order of the axes of states. */
export interface StateLayout {
  readonly enter: (graph: Graph, state: Value) => Value
  /** Of a state, or of the outputs of all steps, which have an axis for the time besides. */
  readonly leave: (graph: Graph, value: Value) => Value
}

/** An operator of ONNX that goes through a whole sequence: LSTM, GRU or RNN. */
export interface CellOperator {
  readonly op: 'LSTM' | 'GRU' | 'RNN'
  readonly units: number
  readonly attributes: Readonly<Record<string, Attribute>>
  /** Its inputs W, R and B for an input of that many features. */
  readonly weights: (features: number) => readonly (Value | undefined)[]
}

/** Settings of recurrent layers that matter in training only, or say how Keras computes. */
const NOT_READ: readonly string[] = [
  'dropout',
  'recurrent_dropout',
  'seed',
  'implementation',
  'unit_forget_bias',
  'enable_caching_device',
]

/** Reads what all cells have in common; gives how wide the states are. */
export function readUnits({ settings }: LayerCall, key: 'units' | 'filters'): number {
  settings.markRead(NOT_READ)
  settings.precision()
  const units = settings.integer(key, -1)
  if (units < 1) throw settings.wrong(key, units, 'at least 1')
  return units
}

/** The call of a layer as that of one within it: with the inner one's settings and weights. */
export function callOfInner(call: LayerCall, inner: WrappedLayer): LayerCall {
  return { ...call, settings: inner.settings, weight: inner.weight, wrapped: inner.wrapped }
}

/** One of several values, which must be there. */
export function nth(values: readonly Value[], index: number): Value {
  const value = values[index]
  if (!value) throw new RangeError(`Cannot convert cell: it has no value ${index}`)
  return value
}
