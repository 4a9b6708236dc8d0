import { elementCount } from '../../../../core/tensor.ts'
import { binary, reshape, reshapeConstant, transpose } from '../../../onnx/operators.ts'
import { reshapeLike } from '../../../onnx/sizes.ts'
import { knownSize, type LayerKind, sampleAxis, weightSlots } from '../../layer-kind.ts'
import { floatInput } from './float-input.ts'

/** keras.layers.GroupNormalization: each sample by the mean and variance of each group of channels. */
export const groupNormalization: LayerKind = {
  mask: 'passes',
  weights: (settings) =>
    weightSlots([
      ...(settings.flag('scale', true) ? ['gamma'] : []),
      ...(settings.flag('center', true) ? ['beta'] : []),
    ]),
  convert: (call) => {
    const { graph, settings } = call
    // Keras 2 weighs by the mask, but only where it has as many axes as what is normalised.
    if (call.kerasMajor < 3 && call.mask()) throw call.keywords.wrong('mask')
    const input = floatInput(call)
    const axis = sampleAxis(call, input, settings.integer('axis', -1))
    const channels = knownSize(call, input, axis)
    const count = settings.integer('groups', 32)
    const groups = count === -1 ? channels : count
    if (groups < 1 || channels % groups !== 0) {
      throw settings.wrong('groups', count, `a divisor of ${channels} channels, or -1`)
    }
    const others = input.shape.map((_, index) => index).filter((index) => index !== axis)
    const toFront = [0, axis, ...others.slice(1)]
    const value = transpose(graph, input, toFront)
    const rest = value.shape.slice(1)
    const size = rest.includes(-1) ? -1 : elementCount(rest) / groups
    const filled = (number: number) => {
      const data = new Float32Array(groups).fill(number)
      return graph.constant({ datatype: 'FP32', shape: [groups], data })
    }
    const grouped = reshape(graph, value, [-1, groups, size])
    const normalized = graph.add({
      op: 'InstanceNormalization',
      inputs: [grouped, filled(1), filled(0)],
      attributes: { epsilon: { float: settings.number('epsilon', 1e-3) } },
      shape: grouped.shape,
    })
    const weight = (name: string) =>
      reshapeConstant(graph, call.weight(name, [channels]), [
        channels,
        ...others.slice(1).map(() => 1),
      ])
    const apart = reshapeLike(graph, normalized, value)
    const scaled = settings.flag('scale', true)
      ? binary(graph, 'Mul', [apart, weight('gamma')])
      : apart
    const result = settings.flag('center', true)
      ? binary(graph, 'Add', [scaled, weight('beta')])
      : scaled
    return transpose(
      graph,
      result,
      input.shape.map((_, index) => toFront.indexOf(index)),
    )
  },
}
