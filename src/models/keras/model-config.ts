import { LAYERS_MAX, NESTING_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import { asList, asObject, asText, isObject, type JsonObject, own } from './json.ts'
import { type Ref, readRefs } from './refs.ts'

/** A model as its file describes it: layers, and which call of which feeds which. */
export interface KerasModel {
  readonly layers: readonly KerasLayer[]
  readonly inputs: readonly Ref[]
  readonly outputs: readonly Ref[]
}

/** A layer of a model. */
export interface KerasLayer {
  readonly name: string
  readonly className: string
  /** Its path in the whole model, for people: `mid/dense`. */
  readonly place: string
  readonly config: JsonObject
  readonly trainable: boolean
  /** What it is made of, if it is a model itself. */
  readonly model?: KerasModel
  /** What it is called on, call by call; an input layer is never called. */
  readonly calls: readonly (readonly Ref[])[]
}

/** What holds while one file is read. */
interface Reading {
  readonly kerasMajor: number
  /** The path of the model whose layers are read; [] for the outermost. */
  readonly path: readonly string[]
  readonly count: { layers: number }
}

/** The model that a `model_config` or `config.json` describes, as Keras 2 and 3 write it. */
export function readModelConfig(serialized: JsonObject, kerasMajor: number): KerasModel {
  const reading = { kerasMajor, path: [], count: { layers: 0 } }
  const className = asText(own(serialized, 'class_name'), 'class of the model')
  if (!isModelClass(className)) {
    throw refuse(`model is a ${quote(className)} (expected a Sequential or Functional model)`)
  }
  checkModule(serialized, className, 'model')
  return readModel(className, own(serialized, 'config'), reading)
}

function isModelClass(className: string): boolean {
  return className === 'Sequential' || className === 'Functional' || className === 'Model'
}

function readModel(className: string, config: unknown, reading: Reading): KerasModel {
  if (reading.path.length > NESTING_MAX)
    throw refuse(`models are nested more than ${NESTING_MAX} deep`)
  const object = Array.isArray(config)
    ? { layers: config }
    : asObject(config, 'model configuration')
  const serialized = asList(own(object, 'layers'), 'list of layers')
  const layers = serialized.map((layer) => readLayer(asObject(layer, 'layer'), reading))
  const names = new Set(layers.map(({ name }) => name))
  if (names.size !== layers.length) throw refuse('model has two layers of one name')
  if (className === 'Sequential') return chain(layers)
  return {
    layers,
    inputs: readRefs(own(object, 'input_layers') ?? []),
    outputs: readRefs(own(object, 'output_layers') ?? []),
  }
}

function readLayer(serialized: JsonObject, reading: Reading): KerasLayer {
  reading.count.layers += 1
  if (reading.count.layers > LAYERS_MAX) throw refuse(`model has more than ${LAYERS_MAX} layers`)
  const className = asText(own(serialized, 'class_name'), 'class of a layer')
  const settings = own(serialized, 'config')
  const config = isObject(settings) ? settings : {}
  const name = asText(
    own(serialized, 'name') ?? own(config, 'name') ?? className,
    'name of a layer',
  )
  const path = [...reading.path, name]
  checkModule(serialized, className, `layer ${quote(path.join('/'))}`)
  const nodes = asList(own(serialized, 'inbound_nodes') ?? [], 'list of calls')
  return {
    name,
    className,
    place: path.join('/'),
    config,
    trainable: own(config, 'trainable') !== false,
    calls: nodes.map((node) => readCall(node, path.join('/'))),
    ...(isModelClass(className) && { model: readModel(className, settings, { ...reading, path }) }),
  }
}

/** What one call is given: a list of tensors in Keras 2, `args` and `kwargs` in Keras 3. */
function readCall(node: unknown, place: string): readonly Ref[] {
  if (!isObject(node) || !Object.hasOwn(node, 'args')) return readRefs(node)
  const keywords = asObject(own(node, 'kwargs') ?? {}, 'keywords of a call')
  for (const [keyword, value] of Object.entries(keywords)) {
    if (value === null || value === false) continue
    throw refuse(`layer ${quote(place)} is called with ${quote(keyword)}, which is not supported`)
  }
  return readRefs(own(node, 'args'))
}

/** A class of Keras' name that is not Keras' own could mean anything. */
function checkModule(serialized: JsonObject, className: string, what: string): void {
  const module = own(serialized, 'module') ?? 'keras'
  const registered = own(serialized, 'registered_name') ?? className
  const isKeras = typeof module === 'string' && /^(tf_)?keras(\.|$)/.test(module)
  if (!isKeras || registered !== className) {
    throw refuse(`${what} is a custom ${quote(className)}, which is not allowed`)
  }
}

/** Each layer called on the one before; Keras 2.2 leaves out the input layer in front. */
function chain(listed: readonly KerasLayer[]): KerasModel {
  const [first] = listed
  if (!first) throw refuse('model has no layers')
  const layers = first.className === 'InputLayer' ? listed : [inputBefore(first), ...listed]
  const refs = layers.map(({ name }) => ({ layer: name, call: 0, output: 0 }))
  return {
    layers: layers.map((layer, index) => ({
      ...layer,
      calls: index === 0 ? [] : [refs.slice(index - 1, index)],
    })),
    inputs: refs.slice(0, 1),
    outputs: refs.slice(-1),
  }
}

function inputBefore(layer: KerasLayer): KerasLayer {
  const name = `${layer.name}_input`
  const shape = own(layer.config, 'batch_input_shape') ?? own(layer.config, 'batch_shape')
  return {
    name,
    className: 'InputLayer',
    place: name,
    config: { name, batch_shape: shape, dtype: own(layer.config, 'dtype') },
    trainable: true,
    calls: [],
  }
}
