import { type Converted, convertKeras } from '../keras/convert.ts'
import { readKerasArchive, readKerasHdf5 } from '../keras/file.ts'
import type { ModelFile } from '../model-file.ts'
import { refuse } from '../refuse.ts'

/** The graph of a Keras model, and where its layers are in it; ERR_MODEL for what has no layers. */
export function kerasGraph(file: ModelFile): Converted {
  if (file.format === 'keras') return convertKeras(readKerasArchive(file.bytes))
  if (file.format === 'keras-h5') return convertKeras(readKerasHdf5(file.bytes))
  const format = file.format === 'onnx' ? 'an ONNX file' : 'a SavedModel'
  throw refuse(`it is ${format}, which has no layers to cut at (expected a .keras or .h5 file)`)
}
