import { quote, refuse } from '../../refuse.ts'
import type { LayerKind } from '../layer-kind.ts'
import { activation, elu, leakyRelu, prelu, relu, softmax } from './activation.ts'
import { conv2d, depthwiseConv2d, separableConv2d } from './convolution.ts'
import { dense } from './core.ts'
import { dot } from './dot.ts'
import { einsumDense } from './einsum-dense.ts'
import { categoryEncoding, discretization } from './encoding.ts'
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
import { flatten, permute, repeatVector, reshapeLayer } from './reshaping.ts'
import { normalization, rescaling } from './scaling.ts'
import { spectralNormalization } from './spectral-normalization.ts'
import { augmentation, augmentationSince3, augmentedSize, identity } from './training-only.ts'
import { unitNormalization } from './unit-normalization.ts'

/**
 * Every layer that may be in a model, by its class; inputs and nested models are known besides.
 * The list is closed: a Lambda, say, is code of the file's author. To add a layer, write its kind
 * in the file of its family and add its line here.
 */
export const LAYER_KINDS: ReadonlyMap<string, LayerKind> = new Map([
  ['Activation', activation],
  ['ActivityRegularization', identity],
  ['Add', add],
  ['AlphaDropout', identity],
  ['AugMix', augmentation],
  ['Average', average],
  ['AveragePooling2D', averagePooling2d],
  ['BatchNormalization', batchNormalization],
  ['CategoryEncoding', categoryEncoding],
  ['Concatenate', concatenate],
  ['Conv2D', conv2d],
  ['CutMix', augmentation],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Discretization', discretization],
  ['Dot', dot],
  ['Dropout', identity],
  ['ELU', elu],
  ['EinsumDense', einsumDense],
  ['Flatten', flatten],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['GroupNormalization', groupNormalization],
  ['Identity', identity],
  ['LayerNormalization', layerNormalization],
  ['LeakyReLU', leakyRelu],
  ['MaxPooling2D', maxPooling2d],
  ['Maximum', maximum],
  ['Minimum', minimum],
  ['MixUp', augmentationSince3],
  ['Multiply', multiply],
  ['Normalization', normalization],
  ['PReLU', prelu],
  ['Permute', permute],
  ['RMSNormalization', rmsNormalization],
  ['RandAugment', augmentation],
  ['RandomBrightness', augmentationSince3],
  ['RandomColorDegeneration', augmentationSince3],
  ['RandomColorJitter', augmentationSince3],
  ['RandomContrast', augmentationSince3],
  ['RandomElasticTransform', augmentation],
  ['RandomErasing', augmentation],
  ['RandomFlip', augmentation],
  ['RandomGaussianBlur', augmentation],
  ['RandomGrayscale', augmentationSince3],
  ['RandomHeight', augmentedSize],
  ['RandomHue', augmentationSince3],
  ['RandomInvert', augmentationSince3],
  ['RandomPerspective', augmentation],
  ['RandomPosterization', augmentationSince3],
  ['RandomRotation', augmentation],
  ['RandomSaturation', augmentationSince3],
  ['RandomSharpness', augmentation],
  ['RandomShear', augmentation],
  ['RandomTranslation', augmentation],
  ['RandomWidth', augmentedSize],
  ['RandomZoom', augmentation],
  ['ReLU', relu],
  ['RepeatVector', repeatVector],
  ['Rescaling', rescaling],
  ['Reshape', reshapeLayer],
  ['SeparableConv2D', separableConv2d],
  ['Softmax', softmax],
  ['Solarization', augmentation],
  ['SpatialDropout1D', identity],
  ['SpatialDropout2D', identity],
  ['SpatialDropout3D', identity],
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
