import type { Value } from '../../../onnx/graph.ts'
import { binary } from '../../../onnx/operators.ts'
import type { LayerCall, LayerKind, WrappedLayer } from '../../layer-kind.ts'
import { type CallInputs, callInputs } from './call-inputs.ts'
import { callOfInner } from './cell.ts'
import { cellOfLayer, passThrough } from './recurrent.ts'

/** keras.layers.Bidirectional: a recurrent layer, and another that goes the other way. */
export const bidirectional: LayerKind = {
  convert: (call) => {
    const { settings } = call
    settings.precision()
    const [forward, backward] = call.wrapped
    if (!forward || !backward) throw settings.wrong('layer', call.wrapped.length, 'two layers')
    const inputs = callInputs(call)
    const half = inputs.initial.length / 2
    const [there, back] = [
      pass(call, forward, { ...inputs, initial: inputs.initial.slice(0, half), isBack: false }),
      pass(call, backward, { ...inputs, initial: inputs.initial.slice(half), isBack: true }),
    ]
    const merged = merge(call, [there.output, back.output])
    const isSplit = merged.length > 1
    if (isSplit && call.kerasMajor < 3 && there.isWhole && inputs.mask) {
      throw settings.wrong('merge_mode', null, 'any other, where steps are masked')
    }
    return there.givesStates ? [...merged, ...there.states, ...back.states] : merged
  },
  mask: (call) => (readsWhole(call.wrapped[0]) ? call.mask() : undefined),
}

interface Passage extends CallInputs {
  readonly isBack: boolean
}

function pass(call: LayerCall, layer: WrappedLayer, { isBack, ...inputs }: Passage) {
  const inner = callOfInner(call, layer)
  const cellOf = cellOfLayer(layer.className)
  if (!cellOf) throw call.settings.wrong('layer', layer.className, 'a recurrent layer')
  const isWhole = readsWhole(layer)
  // Keras sets it, so that sums of both ways are right.
  layer.settings.any('zero_output_for_mask')
  const result = passThrough(inner, cellOf(inner), {
    ...inputs,
    order: isBack ? 'reversed' : 'as it goes',
    isZeroMasked: isWhole,
  })
  return { ...result, isWhole, givesStates: layer.settings.flag('return_state', false) }
}

function readsWhole(layer: WrappedLayer | undefined): boolean {
  return layer?.settings.flag('return_sequences', false) ?? false
}

function merge(call: LayerCall, pair: readonly [Value, Value]): readonly Value[] {
  const { graph, settings } = call
  const mode = settings.any('merge_mode') ?? null
  const [there, back] = pair
  switch (mode) {
    case null:
      return pair
    case 'concat': {
      const width = (there.shape.at(-1) ?? -1) + (back.shape.at(-1) ?? -1)
      const shape = there.shape.with(-1, width)
      const attributes = { axis: { int: -1 } }
      return [graph.add({ op: 'Concat', inputs: pair, attributes, shape })]
    }
    case 'sum':
      return [binary(graph, 'Add', pair)]
    case 'mul':
      return [binary(graph, 'Mul', pair)]
    case 'ave':
      return [binary(graph, 'Mul', [binary(graph, 'Add', pair), graph.scalar(0.5)])]
    default:
      throw settings.wrong('merge_mode', mode, 'concat, sum, mul, ave or null')
  }
}
