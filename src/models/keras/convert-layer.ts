import { elementCount } from '../../core/tensor.ts'
import type { Graph, Value } from '../onnx/graph.ts'
import { quote, refuse } from '../refuse.ts'
import { type CallArguments, tensorsIn, tensorsOfCall } from './arguments.ts'
import type { KerasFile } from './file.ts'
import { Keywords } from './keywords.ts'
import { checkWeight, type LayerCall, type LayerKind, type WrappedLayer } from './layer-kind.ts'
import { layerKind } from './layers/table.ts'
import { type KerasLayer, wrappedKeys } from './model-config.ts'
import { literalPrecisions } from './operations/operation.ts'
import { type Precision, Settings } from './settings.ts'

/** A layer as people look at it. */
export interface LayerSummary {
  /** Its path in the model: `mid/dense`. */
  readonly name: string
  readonly class: string
  /** Of its first call; -1 is the batch, or a size that is only known when the model runs. */
  readonly outputShape: readonly number[]
  /** Numbers that it has learnt, statistics included. */
  readonly parameters: number
}

/** One call of a layer, as it stands in the graph. */
export interface ConvertedCall {
  /** The layer's path in the model. */
  readonly place: string
  readonly isModel: boolean
  readonly outputs: readonly Value[]
  /** Its operators: the first, and the one after the last, in the order of the graph. */
  readonly nodes: readonly [first: number, end: number]
}

/** What holds while one file is converted. */
export interface Conversion {
  readonly file: KerasFile
  readonly graph: Graph
  readonly layers: Map<string, LayerSummary>
  /** What FP32 values are declared as, where layers compute in another precision. */
  readonly declared: Map<Value, Precision>
  /** Which steps of a value count: BOOL of [batch, time]. */
  readonly masks: Map<Value, Value>
  readonly calls: ConvertedCall[]
  /** Adds a nested model; gives its outputs. */
  readonly convertModel: (
    conversion: Conversion,
    layer: KerasLayer,
    inputs: readonly Value[],
  ) => readonly Value[]
}

/** Adds one call of `layer` to the graph; gives its outputs. */
export function convertLayer(
  conversion: Conversion,
  layer: KerasLayer,
  args: CallArguments<Value>,
): readonly Value[] {
  const settings = new Settings(layer.config, layer.place)
  settings.markRead(['dtype', ...wrappedKeys(layer.className)])
  const keywords = new Keywords(args.keywords, layer.place)
  const wrapped = layer.wrapped.map((inner) => wrap(conversion, inner.layer))
  const inputs = tensorsIn(args.positional)
  const call: LayerCall = {
    graph: conversion.graph,
    settings,
    kerasMajor: conversion.file.kerasMajor,
    inputs,
    positional: args.positional,
    keywords,
    wrapped,
    mask: (input = 0) => {
      const given = keywords.any('mask')
      const value = inputs[input]
      if (!given) return value && conversion.masks.get(value)
      // A list has one place an input, and null for an input of which all steps count.
      const own = given.kind === 'list' ? given.items[input] : input === 0 ? given : undefined
      if (!own || (own.kind === 'literal' && own.value === null)) return undefined
      if (own.kind !== 'tensor') throw keywords.wrong('mask')
      return own.tensor
    },
    masks: conversion.masks,
    weight: weightsOf(conversion, layer),
  }
  const kind = layerKind(layer.className, layer.place)
  const given = kind.convert(call)
  // A layer may give its input as it is; what is known of the output is kept apart.
  const values = 'name' in given ? [given] : given
  const outputs = values.map((value) => ({ ...value }))
  const floats = outputs.filter(({ datatype }) => datatype === 'FP32')
  const precision =
    floats.length > 0 ? precisionOf(conversion, layer, { kind, call, args }) : 'FP32'
  for (const value of floats) conversion.declared.set(value, precision)
  const mask = values[0] && maskAfter(kind, call, values[0])
  if (mask && outputs[0]) conversion.masks.set(outputs[0], mask)
  for (const read of [settings, keywords, ...settingsWithin(wrapped)]) read.checkAllRead()
  summarize(conversion, layer, outputs[0])
  return outputs
}

/** What a layer's floating-point results are declared as; integers are none of its policy's. */
function precisionOf(
  conversion: Conversion,
  layer: KerasLayer,
  { kind, call, args }: ConvertedBy,
): Precision {
  if (!layer.isOperation) return call.settings.precision()
  return kind.precision?.(call) ?? widest(conversion, args)
}

interface ConvertedBy {
  readonly kind: LayerKind
  readonly call: LayerCall
  readonly args: CallArguments<Value>
}

/** The precision of an operation: the widest of its inputs, as NumPy has it. */
function widest({ declared }: Conversion, args: CallArguments<Value>): Precision {
  const inputs = tensorsOfCall(args).map((value) => declared.get(value) ?? value.datatype)
  const given = [...inputs, ...literalPrecisions(args)]
  if (given.includes('FP64')) return 'FP64'
  return given.includes('FP16') && !given.includes('FP32') ? 'FP16' : 'FP32'
}

function maskAfter({ mask }: LayerKind, call: LayerCall, output: Value): Value | undefined {
  return mask === 'passes' ? call.mask() : mask?.(call, output)
}

/** A wrapped layer that is called by `apply` checks its settings then; one that is read, here. */
interface Wrapped extends WrappedLayer {
  readonly wrapped: readonly Wrapped[]
  isApplied(): boolean
}

function wrap(conversion: Conversion, layer: KerasLayer): Wrapped {
  let isApplied = false
  const settings = new Settings(layer.config, layer.place)
  settings.markRead(wrappedKeys(layer.className))
  return {
    className: layer.className,
    settings,
    weight: weightsOf(conversion, layer),
    wrapped: layer.wrapped.map((inner) => wrap(conversion, inner.layer)),
    isApplied: () => isApplied,
    apply: (inputs) => {
      isApplied = true
      // What the outer layer is summarised by counts its wrapped ones.
      const inner = { ...conversion, layers: new Map(), calls: [] }
      if (layer.model) return conversion.convertModel(inner, layer, inputs)
      const positional = inputs.map((tensor) => ({ kind: 'tensor', tensor }) as const)
      return convertLayer(inner, layer, { positional, keywords: new Map() })
    },
  }
}

function settingsWithin(wrapped: readonly Wrapped[]): readonly Settings[] {
  return wrapped
    .filter((layer) => !layer.isApplied())
    .flatMap((layer) => [layer.settings, ...settingsWithin(layer.wrapped)])
}

function weightsOf({ file, graph }: Conversion, layer: KerasLayer): LayerCall['weight'] {
  return (name, shape) => {
    const tensor = file.weights.get(layer)?.get(name)
    if (!tensor) throw refuse(`layer ${quote(layer.place)} has no weights ${quote(name)}`)
    checkWeight(layer.place, name, [tensor.shape, shape])
    return graph.constant(tensor)
  }
}

/** Notes `layer` for people; a second call of it changes nothing. */
export function summarize(
  { layers, file }: Conversion,
  layer: KerasLayer,
  value: Value | undefined,
): void {
  if (layers.has(layer.place)) return
  layers.set(layer.place, {
    name: layer.place,
    class: layer.className,
    outputShape: value?.shape ?? [],
    parameters: parametersOf(file, layer),
  })
}

/** Numbers that a layer has learnt, those within it included. */
function parametersOf(file: KerasFile, layer: KerasLayer): number {
  const own = [...(file.weights.get(layer)?.values() ?? [])]
  const inner = [...layer.wrapped.map((each) => each.layer), ...(layer.model?.layers ?? [])]
  return (
    own.reduce((sum, { shape }) => sum + elementCount(shape), 0) +
    inner.reduce((sum, each) => sum + parametersOf(file, each), 0)
  )
}
