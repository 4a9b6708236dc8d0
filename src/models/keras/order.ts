import { quote, refuse } from '../refuse.ts'
import { tensorsOfCall } from './arguments.ts'
import type { KerasLayer, KerasModel } from './model-config.ts'
import type { Ref } from './refs.ts'

/** One call of a layer. */
export interface Call {
  readonly layer: KerasLayer
  /** Counted from 0. */
  readonly call: number
}

/** Where a reference stands, and who wrote it. */
interface Origin {
  readonly from: 'call' | 'output'
  readonly kerasMajor: number
}

/**
 * The call that `ref` means. A model that is a layer has a call of its own before all others, which
 * Keras 2 counts always, and Keras 3 only among the outputs, and not for a Sequential.
 */
export function resolveRef(model: KerasModel, ref: Ref, { from, kerasMajor }: Origin): Call {
  const layer = model.layers.find(({ name }) => name === ref.layer)
  if (!layer) throw refuse(`model has no layer ${quote(ref.layer)}`)
  const count = Math.max(1, layer.calls.length)
  const isCounted = kerasMajor < 3 || (from === 'output' && layer.className !== 'Sequential')
  const isOnlyCall = layer.model !== undefined && count === 1 && (ref.call === 0 || ref.call === 1)
  const call = isOnlyCall ? 0 : ref.call - (layer.model && isCounted ? 1 : 0)
  if (call < 0 || call >= count) throw refuse(`layer ${quote(layer.place)} has no call ${ref.call}`)
  return { layer, call }
}

/** All calls of a model, each after those that feed it; ERR_MODEL where they form a loop. */
export function callOrder(model: KerasModel, kerasMajor: number): readonly Call[] {
  const order: Call[] = []
  const state = new Map<string, 'open' | 'done'>()
  const waiting = model.layers.flatMap(callsOf).toReversed()
  for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
    const key = keyOf(next)
    const open = inputsOf(model, next, kerasMajor).filter(
      (each) => state.get(keyOf(each)) !== 'done',
    )
    if (state.get(key) === 'done') {
      waiting.pop()
    } else if (open.length === 0) {
      waiting.pop()
      state.set(key, 'done')
      order.push(next)
    } else if (state.get(key) === 'open') {
      throw refuse(`layer ${quote(next.layer.place)} is fed by itself`)
    } else {
      state.set(key, 'open')
      waiting.push(...open)
    }
  }
  return order
}

function callsOf(layer: KerasLayer): readonly Call[] {
  return layer.calls.map((_, call) => ({ layer, call }))
}

/** The calls that feed `call`; input layers are not called. */
function inputsOf(model: KerasModel, { layer, call }: Call, kerasMajor: number): readonly Call[] {
  const given = layer.calls[call]
  return (given ? tensorsOfCall(given) : [])
    .map((ref) => resolveRef(model, ref, { from: 'call', kerasMajor }))
    .filter((each) => each.layer.calls.length > 0)
}

/** Names are unique within a model, and a call is a number: no two calls share a key. */
function keyOf({ layer, call }: Call): string {
  return `${call}/${layer.name}`
}
