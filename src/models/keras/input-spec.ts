import { type Datatype, isDatatype, type TensorSpec } from '../../core/tensor.ts'
import type { KerasLayer } from './model-config.ts'
import { Settings } from './settings.ts'

/** What an input layer takes. A fixed batch is none to us: no layer here looks at another sample. */
export function inputSpec(layer: KerasLayer): TensorSpec {
  const settings = new Settings(layer.config, layer.place)
  for (const kind of ['sparse', 'ragged', 'optional']) settings.only(kind, false)
  const shape = settings.any('batch_shape') ?? settings.any('batch_input_shape')
  if (!Array.isArray(shape) || shape.length === 0)
    throw settings.wrong('batch_shape', shape, 'a shape')
  const sizes = shape.slice(1).map((size: unknown) => {
    if (size === null) return -1
    if (!Number.isSafeInteger(size) || Number(size) < 1)
      throw settings.wrong('batch_shape', shape, 'a shape')
    return Number(size)
  })
  const dtype = settings.any('dtype') ?? 'float32'
  const datatype = INPUT_DATATYPE.get(String(dtype))
  if (!datatype || !isDatatype(datatype)) {
    throw settings.wrong('dtype', dtype, [...INPUT_DATATYPE.keys()].join(', '))
  }
  return { name: layer.name, datatype, shape: [-1, ...sizes] }
}

/** The datatypes of inputs, by Keras' names. */
const INPUT_DATATYPE: ReadonlyMap<string, Datatype> = new Map([
  ['float32', 'FP32'],
  ['float64', 'FP64'],
  ['float16', 'FP16'],
  ['bool', 'BOOL'],
  ['uint8', 'UINT8'],
  ['int8', 'INT8'],
  ['uint16', 'UINT16'],
  ['int16', 'INT16'],
  ['int32', 'INT32'],
  ['int64', 'INT64'],
])
