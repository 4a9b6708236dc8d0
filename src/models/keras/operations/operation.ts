import type { Value } from '../../onnx/graph.ts'
import { quote } from '../../refuse.ts'
import type { Argument, CallArguments } from '../arguments.ts'
import type { LayerCall, LayerKind } from '../layer-kind.ts'
import type { Precision } from '../settings.ts'
import { DATATYPE_OF, readLiteral } from './literal.ts'
import { Operands } from './operands.ts'

/** Adds what an operation does to the graph. */
export type Operation = (operands: Operands) => Value | readonly Value[]

/** An operation, and the parameters that one of Keras' or TensorFlow's functions gives it. */
export type Entry = readonly [operation: Operation, parameters: string]

/** The kind of a layer that does one operation. */
export function operationKind([operation, parameters]: Entry): LayerKind {
  return {
    convert: (call) => {
      const operands = new Operands(call, parameters)
      const result = operation(operands)
      operands.checkAllRead()
      return result
    },
    precision: (call) => namedPrecision(call, parameters),
  }
}

/** The kind of Keras 2's `TFOpLambda` and `SlicingOpLambda`: a function of TensorFlow by its name. */
export function lambdaKind(functions: ReadonlyMap<string, Entry>): LayerKind {
  const kindOf = ({ settings, keywords }: LayerCall) => {
    settings.markRead(['dtype'])
    // The name of an operation in TensorFlow's own graph.
    keywords.any('name')
    const name = settings.any('function')
    const entry = typeof name === 'string' ? functions.get(name) : undefined
    if (entry) return operationKind(entry)
    const text = quote(typeof name === 'string' ? name : JSON.stringify(name)).slice(1, -1)
    throw settings.refuse(
      `calls the function ${text} of TensorFlow, which is not among those that can be converted`,
    )
  }
  return {
    convert: (call) => kindOf(call).convert(call),
    precision: (call) => kindOf(call).precision?.(call),
  }
}

/** The precision that the parameter `dtype` asks for, as of a cast. */
function namedPrecision(call: LayerCall, parameters: string): Precision | undefined {
  if (!parameters.split(' ').some((each) => each.startsWith('dtype'))) return undefined
  const name = new Operands(call, parameters).json('dtype')
  return precisionOf(DATATYPE_OF.get(String(name)))
}

/** The precisions of the arrays among a call's arguments: of NumPy's own, FP64. */
export function literalPrecisions({
  positional,
  keywords,
}: CallArguments<Value>): readonly Precision[] {
  const found = (arg: Argument<Value>): readonly (Precision | undefined)[] => {
    if (arg.kind === 'list') return arg.items.flatMap(found)
    const type = arg.kind === 'literal' ? readLiteral(arg.value)?.type : undefined
    return [precisionOf(type)]
  }
  return [...positional, ...keywords.values()].flatMap(found).filter((each) => each !== undefined)
}

function precisionOf(type: string | undefined): Precision | undefined {
  return type === 'FP16' || type === 'FP32' || type === 'FP64' ? type : undefined
}
