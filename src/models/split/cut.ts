import { nearest } from '../../std/nearest.ts'
import type { Converted } from '../keras/convert.ts'
import type { Value } from '../onnx/graph.ts'
import { quote, refuse } from '../refuse.ts'

/** A place between two sections: the tensor that the lower one hands up. */
export interface Cut {
  /** As the user wrote it: `edge_features`, `mid/dense`, `lstm:1`. */
  readonly at: string
  /** What the tensor is called in the files of the sections: the layer, with its output if not 0. */
  readonly name: string
  readonly value: Value
  /** The tensors of the graph that hold just this, axes permuted: the first is `value` itself. */
  readonly forms: readonly Value[]
}

/** The cut after the layer that `at` names; ERR_MODEL where no one tensor is meant. */
export function findCut(converted: Converted, at: string): Cut {
  const { graph, calls } = converted
  const { place, index } = parse(calls, at)
  const [call, ...others] = calls.filter((each) => each.place === place)
  if (!call) throw unknown(converted, place)
  if (others.length > 0) {
    throw refuse(
      `layer ${quote(place)} is called ${others.length + 1} times (a cut needs one that is called once)`,
    )
  }
  const value = call.outputs[index ?? 0]
  if (!value || (index === undefined && call.outputs.length > 1)) {
    const choices = call.outputs.map((_, output) => `${place}:${output}`).join(' or ')
    const state = index === undefined ? 'several outputs' : `no output ${index}`
    throw refuse(`layer ${quote(place)} has ${state} (expected ${choices})`)
  }
  if (graph.inputs.some(({ name }) => name === value.name)) {
    throw refuse(`layer ${quote(at)} gives the model's input as it is (cut above it)`)
  }
  return { at, name: index ? `${place}_${index}` : place, value, forms: formsOf(value) }
}

function unknown({ inputs, layers, calls }: Converted, place: string): Error {
  if (inputs.some(({ name }) => name === place) || layers.some(({ name }) => name === place)) {
    return refuse(`${quote(place)} is an input (expected a layer above it)`)
  }
  const meant = nearest(
    place,
    calls.map((call) => call.place),
  )
  const hint =
    meant === undefined ? '`fogline inspect` lists them' : `did you mean ${quote(meant)}?`
  return refuse(`model has no layer ${quote(place)} (${hint})`)
}

/** Names may hold colons: only where no layer has the whole as its name, a colon parts off an output. */
function parse(calls: Converted['calls'], at: string): { place: string; index?: number } {
  const parts = /^(.+):(\d{1,4})$/.exec(at)
  if (!parts?.[1] || calls.some(({ place }) => place === at)) return { place: at }
  return { place: parts[1], index: Number(parts[2]) }
}

/** `value`, and the values that it is a permutation of: layers above may take either. */
export function formsOf(value: Value): readonly Value[] {
  const forms = [value]
  for (let next = value.transposed; next; next = next.from.transposed) forms.push(next.from)
  return forms
}
