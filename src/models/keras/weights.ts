import { type Tensor, toFloats } from '../../core/tensor.ts'
import type { Hdf5Entry } from '../hdf5/file.ts'
import { quote, refuse } from '../refuse.ts'
import { layerKind } from './layers/table.ts'
import type { KerasLayer, KerasModel } from './model-config.ts'
import { Settings } from './settings.ts'

/** The weights of each layer, by name. */
export type Weights = ReadonlyMap<KerasLayer, ReadonlyMap<string, Tensor>>

/** The names of a layer's weights, in Keras' order; ERR_MODEL where its class is not allowed. */
function weightNames(layer: KerasLayer): readonly string[] {
  if (layer.className === 'InputLayer') return []
  const kind = layerKind(layer.className, layer.place)
  return kind.weights?.(new Settings(layer.config, layer.place)) ?? []
}

/**
 * The weights in a `.keras` file's `model.weights.h5`: by the snake-case class name of each layer and
 * a counter within its model, as `layers/conv2d_1/vars/0`.
 */
export function readStoredWeights(root: Hdf5Entry, model: KerasModel): Weights {
  const weights = new Map<KerasLayer, ReadonlyMap<string, Tensor>>()
  collectStored({ store: root.get('layers'), model, weights })
  return weights
}

interface Stored {
  readonly store: Hdf5Entry | undefined
  readonly model: KerasModel
  readonly weights: Map<KerasLayer, ReadonlyMap<string, Tensor>>
}

function collectStored({ store, model, weights }: Stored): void {
  const counts = new Map<string, number>()
  for (const layer of model.layers) {
    const name = snakeCase(layer.className)
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    const path = count === 0 ? name : `${name}_${count}`
    if (layer.model) {
      collectStored({ store: store?.get(`${path}/layers`), model: layer.model, weights })
      continue
    }
    const names = weightNames(layer)
    if (names.length === 0) continue
    const variables = store?.get(`${path}/vars`)
    const tensors = names.map((role, index): [string, Tensor] => {
      const entry = variables?.get(String(index))
      if (!entry)
        throw refuse(`layer ${quote(layer.place)} has no weights ${quote(role)} in the file`)
      return [role, floats(entry.tensor())]
    })
    if (variables?.get(String(names.length))) throw tooMany(layer.place)
    weights.set(layer, new Map(tensors))
  }
}

/** Keras' own: `SeparableConv2D` is `separable_conv2d`, `PReLU` is `p_re_lu`. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** One weight that the layers of a model ask for, in the order of an `.h5` file. */
interface Slot {
  readonly layer: KerasLayer
  readonly role: string
}

/**
 * The weights in a whole-model `.h5`: groups are matched with layers by position, among those with
 * weights; within a group by position too. The last part of a weight's name must be what is expected.
 */
export function readLegacyWeights(root: Hdf5Entry, model: KerasModel): Weights {
  const groups = listed(root, 'layer_names')
    .map((name) => ({ name, entry: member(root, name) }))
    .map(({ name, entry }) => ({ name, entry, weights: listed(entry, 'weight_names') }))
    .filter(({ weights }) => weights.length > 0)
  const layers = model.layers
    .map((layer) => ({ layer, slots: slotsOf(layer) }))
    .filter(({ slots }) => slots.length > 0)
  if (groups.length !== layers.length) {
    throw refuse(`file has weights for ${groups.length} layers (expected ${layers.length})`)
  }
  const weights = new Map<KerasLayer, Map<string, Tensor>>()
  for (const [index, { layer, slots }] of layers.entries()) {
    const group = groups[index]
    if (!group) break
    if (group.weights.length !== slots.length) throw tooMany(layer.place)
    for (const [position, slot] of slots.entries()) {
      const name = group.weights[position] ?? ''
      checkRole(slot, name)
      const tensors = weights.get(slot.layer) ?? new Map<string, Tensor>()
      weights.set(slot.layer, tensors.set(slot.role, floats(member(group.entry, name).tensor())))
    }
  }
  return weights
}

/** Keras lists what is trained first, then what is not: statistics, and the weights of frozen layers. */
function slotsOf(layer: KerasLayer): readonly Slot[] {
  const { trained, fixed } = splitSlots(layer)
  return [...trained, ...fixed]
}

function splitSlots(layer: KerasLayer): { trained: readonly Slot[]; fixed: readonly Slot[] } {
  const parts = layer.model?.layers.map(splitSlots) ?? [ownSlots(layer)]
  const trained = parts.flatMap((part) => part.trained)
  const fixed = parts.flatMap((part) => part.fixed)
  return layer.trainable ? { trained, fixed } : { trained: [], fixed: [...trained, ...fixed] }
}

function ownSlots(layer: KerasLayer): { trained: readonly Slot[]; fixed: readonly Slot[] } {
  const slots = weightNames(layer).map((role) => ({ layer, role }))
  return {
    trained: slots.filter(({ role }) => !role.startsWith('moving_')),
    fixed: slots.filter(({ role }) => role.startsWith('moving_')),
  }
}

/**
 * Names are only paths, but their last part tells what a weight is: `mid/dense/kernel:0`. Keras 3 calls
 * the kernel of a DepthwiseConv2D just `kernel`.
 */
function checkRole({ layer, role }: Slot, name: string): void {
  const last = name.slice(name.lastIndexOf('/') + 1).replace(/:\d+$/, '')
  if (last !== role && !(layer.className === 'DepthwiseConv2D' && `depthwise_${last}` === role)) {
    throw refuse(`layer ${quote(layer.place)} has weights ${quote(name)} (expected ${quote(role)})`)
  }
}

/** A list of names in an attribute; Keras cuts what exceeds 64 KiB into `NAME0`, `NAME1` and so on. */
function listed(entry: Hdf5Entry, attribute: string): readonly string[] {
  const whole = entry.texts(attribute)
  if (whole) return whole
  const names: string[] = []
  for (let index = 0; ; index++) {
    const part = entry.texts(`${attribute}${index}`)
    if (!part) break
    names.push(...part)
  }
  return names
}

function member(entry: Hdf5Entry, path: string): Hdf5Entry {
  const found = entry.get(path)
  if (!found) throw refuse(`file has no weights ${quote(path)}`)
  return found
}

function tooMany(place: string): Error {
  return refuse(`layer ${quote(place)} has another number of weights in the file than it should`)
}

/** Weights are stored as they were trained; single precision is what the graph computes in. */
function floats(tensor: Tensor): Tensor {
  return tensor.datatype === 'FP32'
    ? tensor
    : { datatype: 'FP32', shape: tensor.shape, data: toFloats(tensor) }
}
