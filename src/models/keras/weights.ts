import { type Tensor, toFloats } from '../../core/tensor.ts'
import type { Hdf5Entry } from '../hdf5/file.ts'
import { quote, refuse } from '../refuse.ts'
import type { WeightSlot } from './layer-kind.ts'
import { layerKind } from './layers/table.ts'
import type { KerasLayer, KerasModel } from './model-config.ts'
import { Settings } from './settings.ts'
import { storedNames } from './stored-names.ts'

/** The weights of each layer, wrapped ones included, by name. */
export type Weights = ReadonlyMap<KerasLayer, ReadonlyMap<string, Tensor>>

/** The weights that a layer itself asks for; ERR_MODEL where its class is not allowed. */
function slotsOf(layer: KerasLayer): readonly WeightSlot[] {
  if (layer.className === 'InputLayer' || layer.model) return []
  const kind = layerKind(layer.className, layer.place)
  return kind.weights?.(new Settings(layer.config, layer.place)) ?? []
}

/**
 * The weights in a `.keras` file's `model.weights.h5`: by the snake-case class name of each layer and
 * a counter within its model, as `layers/conv2d_1/vars/0`; those of wrapped layers below the outer one.
 */
export function readStoredWeights(root: Hdf5Entry, model: KerasModel): Weights {
  const weights = new Map<KerasLayer, ReadonlyMap<string, Tensor>>()
  collectModel({ store: root, model, weights })
  return weights
}

type WeightMap = Map<KerasLayer, ReadonlyMap<string, Tensor>>

interface StoredModel {
  readonly store: Hdf5Entry | undefined
  readonly model: KerasModel
  readonly weights: WeightMap
}

function collectModel({ store, model, weights }: StoredModel): void {
  // Operations of Keras 3 are no layers, and are not counted.
  const counted = model.layers.filter(({ className }) => !className.startsWith('ops.'))
  const names = storedNames(counted)
  const layers = store?.get('layers')
  for (const [index, layer] of counted.entries()) {
    collectLayer({ store: layers?.get(names[index] ?? ''), layer, weights })
  }
}

interface StoredLayer {
  readonly store: Hdf5Entry | undefined
  readonly layer: KerasLayer
  readonly weights: WeightMap
}

function collectLayer({ store, layer, weights }: StoredLayer): void {
  if (layer.model) collectModel({ store, model: layer.model, weights })
  for (const wrapped of layer.wrapped) {
    collectLayer({ store: store?.get(wrapped.stored), layer: wrapped.layer, weights })
  }
  const slots = slotsOf(layer)
  const tensors = slots.map(({ name, stored, storedInKeras2 = stored }): [string, Tensor] => {
    const entry = store?.get(stored) ?? store?.get(storedInKeras2)
    if (!entry)
      throw refuse(`layer ${quote(layer.place)} has no weights ${quote(name)} in the file`)
    return [name, floats(entry.tensor())]
  })
  if (slots.length === 0) return
  if (beyond(slots).some((path) => store?.get(path))) throw tooMany(layer.place)
  weights.set(layer, new Map(tensors))
}

/** Where one weight more would be, in each folder that `slots` use. */
function beyond(slots: readonly WeightSlot[]): readonly string[] {
  const next = new Map<string, number>()
  for (const path of slots.flatMap(({ stored, storedInKeras2 = stored }) => [
    stored,
    storedInKeras2,
  ])) {
    const cut = path.lastIndexOf('/')
    const [folder, index] = [path.slice(0, cut), Number(path.slice(cut + 1))]
    next.set(folder, Math.max(next.get(folder) ?? 0, index + 1))
  }
  return [...next].map(([folder, index]) => `${folder}/${index}`)
}

/** One weight of one layer. */
interface Slot extends WeightSlot {
  readonly layer: KerasLayer
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
    .map((layer) => ({ layer, slots: legacyOrder(layer) }))
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
      checkName(slot, name)
      const tensors = weights.get(slot.layer) ?? new Map<string, Tensor>()
      weights.set(slot.layer, tensors.set(slot.name, floats(member(group.entry, name).tensor())))
    }
  }
  return weights
}

/** Keras lists what is trained first, then what is not: statistics, and the weights of frozen layers. */
function legacyOrder(layer: KerasLayer): readonly Slot[] {
  const { trained, fixed } = splitSlots(layer)
  return [...trained, ...fixed]
}

/** Slots by whether training changes them. */
interface SplitSlots {
  readonly trained: readonly Slot[]
  readonly fixed: readonly Slot[]
}

function splitSlots(layer: KerasLayer): SplitSlots {
  const inner = [...(layer.model?.layers ?? []), ...layer.wrapped.map((each) => each.layer)]
  const parts = [ownSlots(layer), ...inner.map(splitSlots)]
  const trained = parts.flatMap((part) => part.trained)
  const fixed = parts.flatMap((part) => part.fixed)
  return layer.trainable ? { trained, fixed } : { trained: [], fixed: [...trained, ...fixed] }
}

function ownSlots(layer: KerasLayer): SplitSlots {
  const slots = slotsOf(layer).map((slot): Slot => ({ ...slot, layer }))
  return {
    trained: slots.filter(({ isFixed }) => !isFixed),
    fixed: slots.filter(({ isFixed }) => isFixed),
  }
}

/** Names are only paths, but their last part tells what a weight is: `mid/dense/kernel:0`. */
function checkName({ layer, name, aliases = [] }: Slot, given: string): void {
  const last = given.slice(given.lastIndexOf('/') + 1).replace(/:\d+$/, '')
  const own = name.slice(name.lastIndexOf('/') + 1)
  if (last !== own && !aliases.includes(last)) {
    throw refuse(
      `layer ${quote(layer.place)} has weights ${quote(given)} (expected ${quote(name)})`,
    )
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
