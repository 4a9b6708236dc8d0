const CODE = 'it is code of the author of the file'
const TEXT = 'it works on texts, or by a table of them'
const HISTOGRAM = 'it depends on the histogram of each image'
const FOURIER = 'it needs a Fourier transform'

/** Layers of Keras that are not converted, each with the reason; docs/reference/models.md lists them. */
export const REFUSED_LAYERS: ReadonlyMap<string, string> = new Map([
  ['AutoContrast', HISTOGRAM],
  ['ContrastLimitedAdaptiveHistogramEqualization', HISTOGRAM],
  ['DenseFeatures', 'its feature columns are code of TensorFlow 1'],
  ['Equalization', HISTOGRAM],
  ['FlaxLayer', CODE],
  ['HashedCrossing', TEXT],
  ['Hashing', TEXT],
  ['IntegerLookup', 'its table is no weight'],
  ['JaxLayer', CODE],
  ['Lambda', `${CODE}; what keras.ops has can be converted`],
  ['MaxNumBoundingBoxes', 'it works on bounding boxes'],
  ['MelSpectrogram', FOURIER],
  ['Pipeline', 'its layers are for a data pipeline'],
  ['ReversibleEmbedding', 'which way it is called is not in its settings'],
  ['STFTSpectrogram', FOURIER],
  ['StringLookup', TEXT],
  ['TFSMLayer', 'it is a SavedModel in another file'],
  ['TensorFlowOpLayer', 'it is a graph of TensorFlow 2.3 or older in text'],
  ['TextVectorization', TEXT],
  ['TorchModuleWrapper', CODE],
])
