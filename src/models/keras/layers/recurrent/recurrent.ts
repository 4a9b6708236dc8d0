import type { Value } from '../../../onnx/graph.ts'
import { type LayerCall, type LayerKind, type WrappedLayer, weightSlots } from '../../layer-kind.ts'
import { type CallInputs, callInputs } from './call-inputs.ts'
import { type Cell, callOfInner } from './cell.ts'
import { convLstmCell } from './conv-lstm-cell.ts'
import { cudnnGruCell, cudnnLstmCell } from './cudnn.ts'
import { gateWeights } from './gates.ts'
import { gruCell } from './gru-cell.ts'
import { lstmCell } from './lstm-cell.ts'
import { recur } from './recurrence.ts'
import { simpleCell } from './simple-cell.ts'
import { stackedCells } from './stacked-cells.ts'
import { flipTime } from './time-axis.ts'

/** A recurrent layer by what it does at each step. */
type CellOf = (call: LayerCall) => Cell

/** keras.layers.LSTM */
export const lstm: LayerKind = recurrent(lstmCell)

/** keras.layers.GRU */
export const gru: LayerKind = recurrent(gruCell)

/** keras.layers.SimpleRNN */
export const simpleRnn: LayerKind = recurrent(simpleCell)

/** Keras 2's CuDNNLSTM, which only a GPU could train. */
export const cudnnLstm: LayerKind = cudnn(cudnnLstmCell)

/** Keras 2's CuDNNGRU. */
export const cudnnGru: LayerKind = cudnn(cudnnGruCell)

/** keras.layers.ConvLSTM1D, 2D and 3D, by the number of spatial axes. */
export function convLstm(rank: number): LayerKind {
  return recurrent((call) => convLstmCell(call, rank))
}

/** keras.layers.RNN of one of Keras' cells, or of several stacked. */
export const rnn: LayerKind = { convert: (call) => convert(call, cellOfRnn), mask: maskOfSequence }

/** keras.layers.LSTMCell, GRUCell, SimpleRNNCell: never called but by an RNN. */
export const gatedCell: LayerKind = {
  weights: (settings) => weightSlots(gateWeights(settings)),
  convert: refuseCell,
}

/** keras.layers.StackedRNNCells: never called but by an RNN. */
export const stackedCell: LayerKind = { convert: refuseCell }

/** What a recurrent layer of that class does at each step; undefined for other layers. */
export function cellOfLayer(className: string): CellOf | undefined {
  return LAYERS.get(className)
}

const LAYERS: ReadonlyMap<string, CellOf> = new Map([
  ['LSTM', lstmCell],
  ['GRU', gruCell],
  ['SimpleRNN', simpleCell],
  ['CuDNNGRU', cudnnGruCell],
  ['CuDNNLSTM', cudnnLstmCell],
  ['RNN', cellOfRnn],
  ['ConvLSTM1D', (call) => convLstmCell(call, 1)],
  ['ConvLSTM2D', (call) => convLstmCell(call, 2)],
  ['ConvLSTM3D', (call) => convLstmCell(call, 3)],
])

const CELLS: ReadonlyMap<string, CellOf> = new Map([
  ['LSTMCell', lstmCell],
  ['GRUCell', gruCell],
  ['SimpleRNNCell', simpleCell],
  [
    'StackedRNNCells',
    (call) =>
      stackedCells(
        call,
        call.wrapped.map((cell) => cellOf(call, cell)),
      ),
  ],
])

function cellOfRnn(call: LayerCall): Cell {
  const [cell] = call.wrapped
  if (!cell) throw call.settings.wrong('cell', undefined, 'a cell')
  return cellOf(call, cell)
}

function cellOf(call: LayerCall, cell: WrappedLayer): Cell {
  const found = CELLS.get(cell.className)
  if (found) return found(callOfInner(call, cell))
  throw call.settings.wrong('cell', cell.className, [...CELLS.keys()].join(', '))
}

function refuseCell({ settings }: LayerCall): never {
  throw settings.refuse(`is a cell that is called by itself (expected an RNN)`)
}

function recurrent(cellOf: CellOf): LayerKind {
  return {
    weights: (settings) => weightSlots(gateWeights(settings), 'cell/vars'),
    convert: (call) => convert(call, cellOf),
    mask: maskOfSequence,
  }
}

function cudnn(cellOf: CellOf): LayerKind {
  return {
    weights: () => weightSlots(['kernel', 'recurrent_kernel', 'bias']),
    convert: (call) => convert(call, cellOf),
  }
}

function convert(call: LayerCall, cellOf: CellOf): readonly Value[] {
  const inputs = callInputs(call)
  const { output, states } = passThrough(call, cellOf(call), { ...inputs, order: 'as it goes' })
  return call.settings.flag('return_state', false) ? [output, ...states] : [output]
}

/** The mask of the input, if the layer gives a whole sequence. */
function maskOfSequence(call: LayerCall): Value | undefined {
  return call.settings.flag('return_sequences', false) ? call.mask() : undefined
}

/** One way through the input, by the settings of `call`. */
interface Passage extends CallInputs {
  /** Of the outputs of all steps: as the layer goes, or in the opposite order. */
  readonly order: 'as it goes' | 'reversed'
  /** Instead of what the setting `zero_output_for_mask` says. */
  readonly isZeroMasked?: boolean
}

/** Adds a cell's way through an input; gives its output (or outputs) and its last states. */
export function passThrough(
  { graph, settings }: LayerCall,
  cell: Cell,
  { order, ...inputs }: Passage,
): { readonly output: Value; readonly states: readonly Value[] } {
  settings.precision()
  settings.only('time_major', false)
  // Each invocation begins anew.
  settings.markRead(['stateful'])
  const isUnrolled = settings.flag('unroll', false)
  const isWhole = settings.flag('return_sequences', false)
  const isBackwards = settings.flag('go_backwards', false)
  const isZeroMasked = settings.flag('zero_output_for_mask', false)
  const way = { isWhole, isBackwards, isUnrolled }
  const result = recur(graph, cell, { isZeroMasked, ...inputs, ...way })
  const isFlipped = isWhole && isBackwards !== (order === 'reversed')
  return isFlipped ? { ...result, output: flipTime(graph, result.output) } : result
}
