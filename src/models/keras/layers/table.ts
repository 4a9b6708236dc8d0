import { quote, refuse } from '../../refuse.ts'
import type { LayerKind } from '../layer-kind.ts'
import { activation, elu, leakyRelu, prelu, relu, softmax } from './activation.ts'
import { conv2d, depthwiseConv2d, separableConv2d } from './convolution.ts'
import { dense, dropout, flatten, rescaling, reshapeLayer } from './core.ts'
import { dot } from './dot.ts'
import { groupNormalization } from './group-normalization.ts'
import { layerNormalization, rmsNormalization } from './layer-normalization.ts'
import { add, average, concatenate, maximum, minimum, multiply, subtract } from './merging.ts'
import { batchNormalization } from './normalization.ts'
import { zeroPadding2d } from './padding.ts'
import {
  averagePooling2d,
  globalAveragePooling2d,
  globalMaxPooling2d,
  maxPooling2d,
} from './pooling.ts'
import { spectralNormalization } from './spectral-normalization.ts'
import { unitNormalization } from './unit-normalization.ts'

/**
 * Every layer that may be in a model, by its class; inputs and nested models are known besides.
 * The list is closed: a Lambda, say, is code of the file's author. To add a layer, write its kind
 * in the file of its family and add its line here.
 */
export const LAYER_KINDS: ReadonlyMap<string, LayerKind> = new Map([
  ['Activation', activation],
  ['Add', add],
  ['Average', average],
  ['AveragePooling2D', averagePooling2d],
  ['BatchNormalization', batchNormalization],
  ['Concatenate', concatenate],
  ['Conv2D', conv2d],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Dot', dot],
  ['Dropout', dropout],
  ['ELU', elu],
  ['Flatten', flatten],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['GroupNormalization', groupNormalization],
  ['LayerNormalization', layerNormalization],
  ['LeakyReLU', leakyRelu],
  ['MaxPooling2D', maxPooling2d],
  ['Maximum', maximum],
  ['Minimum', minimum],
  ['Multiply', multiply],
  ['PReLU', prelu],
  ['RMSNormalization', rmsNormalization],
  ['ReLU', relu],
  ['Rescaling', rescaling],
  ['Reshape', reshapeLayer],
  ['SeparableConv2D', separableConv2d],
  ['Softmax', softmax],
  ['SpectralNormalization', spectralNormalization],
  ['Subtract', subtract],
  ['SyncBatchNormalization', batchNormalization],
  ['UnitNormalization', unitNormalization],
  ['ZeroPadding2D', zeroPadding2d],
])

/** The kind of a layer's class; ERR_MODEL names the layer's place where the class is not allowed. */
export function layerKind(className: string, place: string): LayerKind {
  const kind = LAYER_KINDS.get(className)
  if (kind) return kind
  throw refuse(
    `layer ${quote(place)} is a ${quote(className).slice(1, -1)}, which is not among the layers that can be converted`,
  )
}
