import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, transpose } from '../../../onnx/operators.ts'
import { type Window, windowAttributes, windowedSizes } from '../../../onnx/window.ts'
import { isObject, own } from '../../json.ts'
import type { LayerCall } from '../../layer-kind.ts'
import { outputsFirst, readWindow } from '../spatial/convolution.ts'
import { isChannelsFirst, spatialOf, toOnnxImage } from '../spatial/window.ts'
import { type Cell, nth, readUnits, type StateLayout } from './cell.ts'
import { split } from './gates.ts'
import { lstmStates } from './lstm-cell.ts'
import { foldTime, unfoldTime } from './time-axis.ts'

/** The cell of keras.layers.ConvLSTM1D, 2D and 3D: an LSTM whose products are convolutions. */
export function convLstmCell(call: LayerCall, rank: number): Cell {
  for (const key of ['activation', 'recurrent_activation']) checkElementwise(call, key)
  const filters = readUnits(call, 'filters')
  const frames = framesOf(call, rank)
  const window = readWindow(call.settings, rank, false)
  const sizes = windowedSizes(window, spatialOf(call, frames))
  const state = [-1, filters, ...sizes]
  const ones = Array<number>(rank).fill(1)
  // What the state is convolved by keeps its size whatever the layer's own strides are.
  const inner: Window = { ...window, strides: ones, dilations: ones, padding: 'same' }
  return {
    states: [state, state],
    output: 0,
    prepare: (graph, input) => {
      const image = toOnnxImage(call, foldTime(graph, input))
      return unfoldTime(graph, convolveInput(call, image, { window, sizes, filters }), input)
    },
    step: (graph, input, states) => {
      const before = nth(states, 0)
      const kernel = call.weight('recurrent_kernel', [...window.kernel, filters, 4 * filters])
      const product = graph.add({
        op: 'Conv',
        inputs: [before, outputsFirst(call, kernel)],
        attributes: windowAttributes(inner, spatialOf(call, before)),
        shape: input.shape,
      })
      const sums = split(graph, binary(graph, 'Add', [input, product]), 4)
      return lstmStates({ ...call, graph }, sums, nth(states, 1))
    },
    ...(!isChannelsFirst(call) && { layout: channelsLast(rank) }),
  }
}

/** One frame of the input with its channels first: only its shape is looked at. */
function framesOf(call: LayerCall, rank: number): Value {
  const [input] = call.inputs
  if (input?.shape.length !== rank + 3) {
    throw call.settings.refuse(`takes [${input?.shape.join(', ')}] (expected ${rank + 3} axes)`)
  }
  const frame = input.shape.toSpliced(1, 1)
  const [batch = -1, ...rest] = frame
  const shape = isChannelsFirst(call) ? frame : [batch, rest.at(-1) ?? -1, ...rest.slice(0, -1)]
  if (shape.slice(1).includes(-1)) {
    throw call.settings.refuse(`takes frames of unknown size`)
  }
  return { name: input.name, datatype: input.datatype, shape }
}

interface Convolution {
  readonly window: Window
  readonly sizes: readonly number[]
  readonly filters: number
}

function convolveInput(
  call: LayerCall,
  image: Value,
  { window, sizes, filters }: Convolution,
): Value {
  const width = 4 * filters
  const kernel = call.weight('kernel', [...window.kernel, image.shape[1] ?? -1, width])
  const bias = call.settings.flag('use_bias', true) ? [call.weight('bias', [width])] : []
  return call.graph.add({
    op: 'Conv',
    inputs: [image, outputsFirst(call, kernel), ...bias],
    attributes: windowAttributes(window, spatialOf(call, image)),
    shape: [-1, width, ...sizes],
  })
}

/** Inside, states have their channels first, so that there is nothing to permute at each step. */
function channelsLast(rank: number): StateLayout {
  const spatial = Array.from({ length: rank }, (_, index) => index)
  return {
    enter: (graph, state) =>
      transpose(graph, state, [0, rank + 1, ...spatial.map((axis) => axis + 1)]),
    leave: (graph: Graph, value) => {
      const first = value.shape.length - rank - 1
      const before = Array.from({ length: first }, (_, axis) => axis)
      return transpose(graph, value, [...before, ...spatial.map((axis) => axis + first + 1), first])
    },
  }
}

/** Throws ERR_MODEL for an activation that looks at all channels at once: here they are not the last. */
function checkElementwise({ settings }: LayerCall, key: string): void {
  const given = settings.any(key)
  const className = isObject(given) ? own(given, 'class_name') : undefined
  const name = isObject(given) && className === 'function' ? own(given, 'config') : given
  const found = String(isObject(name) ? className : name)
  if (['softmax', 'log_softmax', 'glu', 'sparsemax', 'Softmax', 'Activation'].includes(found)) {
    throw settings.wrong(key, found, 'one that works on each element by itself')
  }
}
