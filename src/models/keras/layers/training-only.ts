import type { Value } from '../../onnx/graph.ts'
import { toFloat } from '../../onnx/operators.ts'
import { type LayerCall, type LayerKind, onlyInput } from '../layer-kind.ts'

/** Layers that do nothing outside of training: dropout, noise, regularisation. */
export const identity: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    for (const training of TRAINING) call.settings.any(training)
    return onlyInput(call)
  },
}

const TRAINING: readonly string[] = [
  'rate',
  'seed',
  'noise_shape',
  'stddev',
  'l1',
  'l2',
  'data_format',
]

/**
 * Keras' random changes of images, which are for training: all of their settings are about it.
 * What they give is floating-point, whatever they take.
 */
export const augmentation: LayerKind = {
  convert: (call) => toFloat(call.graph, augmented(call)),
}

/** Those that Keras 3 lets bytes pass as they are. */
export const augmentationSince3: LayerKind = {
  convert: (call) => {
    const input = augmented(call)
    return call.kerasMajor < 3 ? toFloat(call.graph, input) : input
  },
}

/** Keras 2's random changes of the size of images, which let bytes pass as they are. */
export const augmentedSize: LayerKind = { convert: augmented }

function augmented(call: LayerCall): Value {
  call.settings.ignoreRest()
  // Keras 3 notes the default of `call`, whatever a model is then run with.
  if (call.kerasMajor >= 3) call.keywords.any('training')
  return onlyInput(call)
}
