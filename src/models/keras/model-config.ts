import { LAYERS_MAX, NESTING_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import { type CallArguments, readCall } from './arguments.ts'
import { asList, asObject, asText, isObject, type JsonObject, own } from './json.ts'
import { KERAS_OPERATIONS } from './operations/keras-table.ts'
import { type Ref, readRefs } from './refs.ts'
import { storedNames } from './stored-names.ts'

/** A model as its file describes it: layers, and which call of which feeds which. */
export interface KerasModel {
  readonly layers: readonly KerasLayer[]
  readonly inputs: readonly Ref[]
  readonly outputs: readonly Ref[]
}

/** A layer of a model. */
export interface KerasLayer {
  readonly name: string
  /** Of Keras; that of an operation of Keras 3 begins with `ops.`, as layers have such names too. */
  readonly className: string
  /** Its path in the whole model, for people: `mid/dense`. */
  readonly place: string
  /** Whether it is a function in the graph, without weights: Keras 3's `ops`, Keras 2's lambdas. */
  readonly isOperation: boolean
  readonly config: JsonObject
  readonly trainable: boolean
  /** What it is made of, if it is a model itself. */
  readonly model?: KerasModel
  /** The layers in its configuration, as of a TimeDistributed, in Keras' order. */
  readonly wrapped: readonly WrappedConfig[]
  /** What it is called on, call by call; an input layer is never called. */
  readonly calls: readonly CallArguments<Ref>[]
}

/** A layer in the configuration of another. */
export interface WrappedConfig {
  readonly layer: KerasLayer
  /** Where its weights are below the outer layer in a `.keras` file. */
  readonly stored: string
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
    throw refuse(
      `model is a ${quote(className)} (expected a Sequential or Functional one; of others a SavedModel can be read, as model.export writes)`,
    )
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
  const ownClass = asText(own(serialized, 'class_name'), 'class of a layer')
  const settings = own(serialized, 'config')
  const config = isObject(settings) ? settings : {}
  const isKerasOperation = isOperation(own(serialized, 'module'), ownClass, { config, reading })
  const className = isKerasOperation ? `ops.${ownClass}` : ownClass
  const name = asText(own(serialized, 'name') ?? own(config, 'name') ?? ownClass, 'name of a layer')
  const path = [...reading.path, name]
  checkModule(serialized, ownClass, `layer ${quote(path.join('/'))}`)
  const nodes = asList(own(serialized, 'inbound_nodes') ?? [], 'list of calls')
  return {
    name,
    className,
    place: path.join('/'),
    isOperation: isKerasOperation || className.endsWith('OpLambda'),
    config,
    trainable: own(config, 'trainable') !== false,
    wrapped: readWrapped(className, config, { ...reading, path }),
    calls: nodes.map(readCall),
    ...(isModelClass(className) && { model: readModel(className, settings, { ...reading, path }) }),
  }
}

/** Whether a class is an operation of Keras 3; an `.h5` has no modules, but only layers are trained. */
function isOperation(
  module: unknown,
  className: string,
  { config, reading }: { readonly config: JsonObject; readonly reading: Reading },
): boolean {
  if (typeof module === 'string') return OPERATIONS.test(module)
  const isUntrained = own(config, 'trainable') === undefined
  return reading.kerasMajor >= 3 && isUntrained && KERAS_OPERATIONS.has(className)
}

/** The modules of Keras 3 that hold operations. */
const OPERATIONS = /^keras\.(src\.)?ops(\.|$)/

/** The settings that hold a layer, by the class that wraps it, and where its weights are stored. */
const WRAPPED: ReadonlyMap<string, readonly (readonly [key: string, stored: string])[]> = new Map([
  ['SpectralNormalization', [['layer', 'layer']]],
  ['TimeDistributed', [['layer', 'layer']]],
  [
    'Bidirectional',
    [
      ['layer', 'forward_layer'],
      ['backward_layer', 'backward_layer'],
    ],
  ],
  ['RNN', [['cell', 'cell']]],
])

/** The settings of a class that hold layers. */
export function wrappedKeys(className: string): readonly string[] {
  if (className === 'StackedRNNCells') return ['cells']
  return WRAPPED.get(className)?.map(([key]) => key) ?? []
}

function readWrapped(
  className: string,
  config: JsonObject,
  reading: Reading,
): readonly WrappedConfig[] {
  if (reading.path.length > NESTING_MAX)
    throw refuse(`layers are nested more than ${NESTING_MAX} deep`)
  const read = (inner: unknown) => readLayer(asObject(inner, 'wrapped layer'), reading)
  if (className === 'StackedRNNCells') {
    const cells = asList(own(config, 'cells'), 'list of cells').map(read)
    const names = storedNames(cells)
    return cells.map((layer, index) => ({ layer, stored: `cells/${names[index]}` }))
  }
  return (WRAPPED.get(className) ?? []).flatMap(([key, stored]) => {
    const given = own(config, key) ?? undefined
    const inner = key === 'backward_layer' ? (given ?? turned(own(config, 'layer'))) : given
    return inner === undefined ? [] : [{ layer: read(inner), stored }]
  })
}

/** Keras 2 writes only one layer of a Bidirectional: the other is like it, but goes the other way. */
function turned(layer: unknown): JsonObject {
  const serialized = asObject(layer, 'wrapped layer')
  const config = asObject(own(serialized, 'config'), 'configuration of a wrapped layer')
  return {
    ...serialized,
    config: { ...config, go_backwards: own(config, 'go_backwards') !== true },
  }
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
      calls: index === 0 ? [] : [callOn(refs[index - 1])],
    })),
    inputs: refs.slice(0, 1),
    outputs: refs.slice(-1),
  }
}

function callOn(ref: Ref | undefined): CallArguments<Ref> {
  return { positional: ref ? [{ kind: 'tensor', tensor: ref }] : [], keywords: new Map() }
}

function inputBefore(layer: KerasLayer): KerasLayer {
  const name = `${layer.name}_input`
  const shape = own(layer.config, 'batch_input_shape') ?? own(layer.config, 'batch_shape')
  return {
    name,
    className: 'InputLayer',
    place: name,
    config: { name, batch_shape: shape, dtype: own(layer.config, 'dtype') },
    isOperation: false,
    trainable: true,
    wrapped: [],
    calls: [],
  }
}
