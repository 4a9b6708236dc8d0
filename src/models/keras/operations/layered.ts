import type { Value } from '../../onnx/graph.ts'
import { transpose } from '../../onnx/operators.ts'
import type { LayerKind } from '../layer-kind.ts'
import { averagePooling, maxPooling } from '../layers/spatial/pooling.ts'
import { resizing } from '../layers/spatial/resizing.ts'
import { floatInput } from './activation.ts'
import { sizeAlong } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'

/** The pooling that the layer of that name does too, along 1 to 3 axes. */
export function pooling(which: 'largest' | 'mean'): Operation {
  return (operands) => {
    const value = floatInput(operands)
    const axes = value.shape.length - 2
    if (axes < 1 || axes > 3) throw operands.refuse(`pools along ${axes} axes`)
    const kind = which === 'largest' ? maxPooling(axes) : averagePooling(axes)
    return asLayer(operands, kind, ['pool_size', 'strides', 'padding', 'data_format'])
  }
}

/** Images of another size, as the layer Resizing makes them. */
export const resized: Operation = (operands) => {
  if (operands.has('preserve_aspect_ratio') && operands.flag('preserve_aspect_ratio', false))
    throw operands.wrong('preserve_aspect_ratio', true, 'false')
  const [height, width, ...others] = operands.integers('size') ?? []
  if (height === undefined || width === undefined || others.length > 0)
    throw operands.wrong('size', operands.json('size'), 'a height and a width')
  return asLayer(operands, resizing, RESIZING, { height, width })
}

const RESIZING = [
  'interpolation',
  'antialias',
  'crop_to_aspect_ratio',
  'pad_to_aspect_ratio',
  'fill_mode',
  'fill_value',
  'data_format',
]

/** Converts as the layer does that has the parameters `names` as its settings. */
function asLayer(
  operands: Operands,
  kind: LayerKind,
  ...[names, sizes]: readonly [names: readonly string[], sizes?: Readonly<Record<string, number>>]
): ReturnType<Operation> {
  const config = Object.fromEntries(names.map((name) => [name, operands.json(name) ?? null]))
  const call = operands.layerCall({ ...config, ...sizes }, operands.value('x'))
  const result = kind.convert(call)
  call.settings.checkAllRead()
  return result
}

/** Blocks of channels become pixels (`DepthToSpace`), or the other way round. */
export function blocks(op: 'DepthToSpace' | 'SpaceToDepth'): Operation {
  return (operands) => {
    const { graph } = operands
    const value = floatInput(operands)
    if (value.shape.length !== 4) throw operands.refuse('takes no images')
    if (!['NHWC', 'channels_last'].includes(String(operands.json('data_format') ?? 'NHWC')))
      throw operands.wrong('data_format', operands.json('data_format'), 'channels last')
    const size = operands.integer('block_size')
    const [height, width, channels] = [1, 2, 3].map((axis) => sizeAlong(operands, value, axis))
    const sizes = blockSizes(op, [height ?? 0, width ?? 0, channels ?? 0], size)
    if (size < 2 || !sizes.every(Number.isSafeInteger))
      throw operands.wrong('block_size', size, `what divides [${value.shape.slice(1).join(', ')}]`)
    const image: Value = transpose(graph, value, [0, 3, 1, 2])
    const attributes = { blocksize: { int: size } }
    const [rows = 0, columns = 0, depth = 0] = sizes
    const shape = [-1, depth, rows, columns]
    return transpose(graph, graph.add({ op, inputs: [image], attributes, shape }), [0, 2, 3, 1])
  }
}

function blockSizes(
  op: 'DepthToSpace' | 'SpaceToDepth',
  [height, width, channels]: readonly [number, number, number],
  size: number,
): readonly number[] {
  return op === 'DepthToSpace'
    ? [height * size, width * size, channels / size ** 2]
    : [height / size, width / size, channels * size ** 2]
}
