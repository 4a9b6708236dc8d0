import type { Value } from '../../../onnx/graph.ts'
import { cast, toFloat } from '../../../onnx/operators.ts'
import { tensorsIn } from '../../arguments.ts'
import type { LayerCall } from '../../layer-kind.ts'

/** What a recurrent layer is called on. */
export interface CallInputs {
  /** [batch, time, ...] */
  readonly input: Value
  /** Its states before the first step; none if they are zeros. */
  readonly initial: readonly Value[]
  /** BOOL of [batch, time] */
  readonly mask: Value | undefined
}

/**
 * Reads the call of a recurrent layer: Keras 2 lists the initial states after the input, Keras 3 has
 * them as its second argument or as a keyword, and then a mask.
 */
export function callInputs(call: LayerCall): CallInputs {
  const { graph, settings, keywords, positional, kerasMajor } = call
  const [first, ...listed] = tensorsIn(kerasMajor < 3 ? positional : positional.slice(0, 2))
  const named = keywords.tensors('initial_state')
  const isRead = named.length > 0 || !keywords.any('initial_state')
  if (!isRead || (named.length > 0 && listed.length > 0)) throw keywords.wrong('initial_state')
  if (!first || first.shape.length < 3) {
    throw settings.refuse(`takes [${first?.shape.join(', ')}] (expected [batch, time, features])`)
  }
  const [given, ...more] = kerasMajor < 3 ? [] : tensorsIn(positional.slice(2))
  const initial = [...listed, ...named].map((state) => toFloat(graph, state))
  // Keras 3 hands no implied mask to a layer that is called on several tensors.
  const isImplied = kerasMajor < 3 || initial.length === 0 || keywords.any('mask') !== undefined
  const mask = given ?? (isImplied ? call.mask() : undefined)
  if (more.length > 0 || (mask && mask.shape.length !== 2)) {
    throw settings.refuse(`has a mask of [${mask?.shape.join(', ')}] (expected [batch, time])`)
  }
  return {
    input: toFloat(graph, first),
    initial,
    mask: mask && cast(graph, mask, 'BOOL'),
  }
}
