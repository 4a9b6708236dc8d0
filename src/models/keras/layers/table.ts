import { quote, refuse } from '../../refuse.ts'
import type { LayerKind } from '../layer-kind.ts'
import { KERAS_OPERATIONS } from '../operations/keras-table.ts'
import { lambdaKind, operationKind } from '../operations/operation.ts'
import { TENSORFLOW_OPERATIONS } from '../operations/tensorflow-table.ts'
import { activation, elu, leakyRelu, prelu, relu, softmax, thresholdedRelu } from './activation.ts'
import { additiveAttention, attention } from './attention/attention.ts'
import { groupQueryAttention, multiHeadAttention } from './attention/multi-head-attention.ts'
import { dense } from './dense.ts'
import { dot } from './dot.ts'
import { einsumDense } from './einsum-dense.ts'
import { embedding } from './embedding.ts'
import { categoryEncoding, discretization } from './encoding.ts'
import { masking } from './masking.ts'
import { add, average, concatenate, maximum, minimum, multiply, subtract } from './merging.ts'
import { batchNormalization } from './normalization/batch-normalization.ts'
import { groupNormalization } from './normalization/group-normalization.ts'
import { layerNormalization, rmsNormalization } from './normalization/layer-normalization.ts'
import { layerScale } from './normalization/layer-scale.ts'
import { spectralNormalization } from './normalization/spectral-normalization.ts'
import { unitNormalization } from './normalization/unit-normalization.ts'
import { bidirectional } from './recurrent/bidirectional.ts'
import {
  convLstm,
  cudnnGru,
  cudnnLstm,
  gatedCell,
  gru,
  lstm,
  rnn,
  simpleRnn,
  stackedCell,
} from './recurrent/recurrent.ts'
import { timeDistributed } from './recurrent/time-distributed.ts'
import { REFUSED_LAYERS } from './refused.ts'
import { flatten, permute, repeatVector, reshapeLayer } from './reshaping.ts'
import { normalization, rescaling } from './scaling.ts'
import { adaptiveAveragePooling, adaptiveMaxPooling } from './spatial/adaptive-pooling.ts'
import { convolution, depthwiseConvolution, separableConvolution } from './spatial/convolution.ts'
import { locallyConnected } from './spatial/locally-connected.ts'
import { cropping, zeroPadding } from './spatial/padding.ts'
import {
  averagePooling,
  globalAveragePooling,
  globalMaxPooling,
  maxPooling,
} from './spatial/pooling.ts'
import { centerCrop, randomCrop, resizing } from './spatial/resizing.ts'
import { transposedConvolution } from './spatial/transposed-convolution.ts'
import { upSampling } from './spatial/up-sampling.ts'
import { augmentation, augmentationSince3, augmentedSize, identity } from './training-only.ts'

/**
 * Every layer that may be in a model, by its class; inputs and nested models are known besides.
 * The list is closed: a Lambda, say, is code of the file's author. To add a layer, write its kind
 * in the file of its family and add its line here.
 */
export const LAYER_KINDS: ReadonlyMap<string, LayerKind> = new Map([
  ['Activation', activation],
  ['ActivityRegularization', identity],
  ['AdaptiveAveragePooling1D', adaptiveAveragePooling(1)],
  ['AdaptiveAveragePooling2D', adaptiveAveragePooling(2)],
  ['AdaptiveAveragePooling3D', adaptiveAveragePooling(3)],
  ['AdaptiveMaxPooling1D', adaptiveMaxPooling(1)],
  ['AdaptiveMaxPooling2D', adaptiveMaxPooling(2)],
  ['AdaptiveMaxPooling3D', adaptiveMaxPooling(3)],
  ['Add', add],
  ['AdditiveAttention', additiveAttention],
  ['AlphaDropout', identity],
  ['Attention', attention],
  ['AugMix', augmentation],
  ['Average', average],
  ['AveragePooling1D', averagePooling(1)],
  ['AveragePooling2D', averagePooling(2)],
  ['AveragePooling3D', averagePooling(3)],
  ['BatchNormalization', batchNormalization],
  ['Bidirectional', bidirectional],
  ['CategoryEncoding', categoryEncoding],
  ['CenterCrop', centerCrop],
  ['Concatenate', concatenate],
  ['Conv1D', convolution(1)],
  ['Conv1DTranspose', transposedConvolution(1)],
  ['Conv2D', convolution(2)],
  ['Conv2DTranspose', transposedConvolution(2)],
  ['Conv3D', convolution(3)],
  ['Conv3DTranspose', transposedConvolution(3)],
  ['ConvLSTM1D', convLstm(1)],
  ['ConvLSTM2D', convLstm(2)],
  ['ConvLSTM3D', convLstm(3)],
  ['Cropping1D', cropping(1)],
  ['Cropping2D', cropping(2)],
  ['Cropping3D', cropping(3)],
  ['CuDNNGRU', cudnnGru],
  ['CuDNNLSTM', cudnnLstm],
  ['CutMix', augmentation],
  ['Dense', dense],
  ['DepthwiseConv1D', depthwiseConvolution(1)],
  ['DepthwiseConv2D', depthwiseConvolution(2)],
  ['Discretization', discretization],
  ['Dot', dot],
  ['Dropout', identity],
  ['ELU', elu],
  ['EinsumDense', einsumDense],
  ['Embedding', embedding],
  ['Flatten', flatten],
  ['GRU', gru],
  ['GRUCell', gatedCell],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['GlobalAveragePooling1D', globalAveragePooling(1)],
  ['GlobalAveragePooling2D', globalAveragePooling(2)],
  ['GlobalAveragePooling3D', globalAveragePooling(3)],
  ['GlobalMaxPooling1D', globalMaxPooling(1)],
  ['GlobalMaxPooling2D', globalMaxPooling(2)],
  ['GlobalMaxPooling3D', globalMaxPooling(3)],
  ['GroupNormalization', groupNormalization],
  ['GroupQueryAttention', groupQueryAttention],
  ['GroupedQueryAttention', groupQueryAttention],
  ['Identity', identity],
  ['LSTM', lstm],
  ['LSTMCell', gatedCell],
  ['LayerNormalization', layerNormalization],
  ['LayerScale', layerScale],
  ['LeakyReLU', leakyRelu],
  ['LocallyConnected1D', locallyConnected(1)],
  ['LocallyConnected2D', locallyConnected(2)],
  ['Masking', masking],
  ['MaxPooling1D', maxPooling(1)],
  ['MaxPooling2D', maxPooling(2)],
  ['MaxPooling3D', maxPooling(3)],
  ['Maximum', maximum],
  ['Minimum', minimum],
  ['MixUp', augmentationSince3],
  ['MultiHeadAttention', multiHeadAttention],
  ['Multiply', multiply],
  ['Normalization', normalization],
  ['PReLU', prelu],
  ['Permute', permute],
  ['RMSNormalization', rmsNormalization],
  ['RNN', rnn],
  ['RandAugment', augmentation],
  ['RandomBrightness', augmentationSince3],
  ['RandomColorDegeneration', augmentationSince3],
  ['RandomColorJitter', augmentationSince3],
  ['RandomContrast', augmentationSince3],
  ['RandomCrop', randomCrop],
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
  ['Resizing', resizing],
  ['SeparableConv1D', separableConvolution(1)],
  ['SeparableConv2D', separableConvolution(2)],
  ['SimpleRNN', simpleRnn],
  ['SimpleRNNCell', gatedCell],
  ['Softmax', softmax],
  ['Solarization', augmentation],
  ['SpatialDropout1D', identity],
  ['SpatialDropout2D', identity],
  ['SpatialDropout3D', identity],
  ['SpectralNormalization', spectralNormalization],
  ['StackedRNNCells', stackedCell],
  ['Subtract', subtract],
  ['SyncBatchNormalization', batchNormalization],
  ['ThresholdedReLU', thresholdedRelu],
  ['TimeDistributed', timeDistributed],
  ['UnitNormalization', unitNormalization],
  ['UpSampling1D', upSampling(1)],
  ['UpSampling2D', upSampling(2)],
  ['UpSampling3D', upSampling(3)],
  ['ZeroPadding1D', zeroPadding(1)],
  ['ZeroPadding2D', zeroPadding(2)],
  ['ZeroPadding3D', zeroPadding(3)],
])

/** The kind of a layer's class; ERR_MODEL names the layer's place where the class is not allowed. */
export function layerKind(className: string, place: string): LayerKind {
  if (/^(TFOp|SlicingOp)Lambda$/.test(className)) return lambdaKind(TENSORFLOW_OPERATIONS)
  const kind = LAYER_KINDS.get(className)
  if (kind) return kind
  if (className.startsWith('ops.')) {
    const name = className.slice('ops.'.length)
    const entry = KERAS_OPERATIONS.get(name)
    if (entry) return operationKind(entry)
    throw refuse(
      `layer ${quote(place)} is the operation ${quote(name).slice(1, -1)} of keras.ops, which is not among those that can be converted`,
    )
  }
  const reason = REFUSED_LAYERS.get(className)
  throw refuse(
    `layer ${quote(place)} is a ${quote(className).slice(1, -1)}, which is not among the layers that can be converted: ${reason ?? 'it is not one of Keras, or too new'}`,
  )
}
