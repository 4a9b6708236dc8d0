import { UNROLLED_STEPS_MAX } from '../limits.ts'
import type { Conversion, NodeRun } from './conversion.ts'
import { elementsOf, type Item } from './item.ts'
import { emitLoop } from './loop.ts'
import { wrong } from './op-call.ts'

/** Calls, branches and loops of functions; undefined where the node is none of them. */
export function runControl(
  conversion: Conversion,
  nodeRun: NodeRun,
): readonly (Item | undefined)[] | undefined {
  return CONTROL.get(nodeRun.node.op)?.(conversion, nodeRun)
}

type Control = (conversion: Conversion, nodeRun: NodeRun) => readonly (Item | undefined)[]

const CONTROL: ReadonlyMap<string, Control> = new Map([
  ['PartitionedCall', inline],
  ['StatefulPartitionedCall', inline],
  ['If', branch],
  ['StatelessIf', branch],
  ['While', loop],
  ['StatelessWhile', loop],
])

function inline(conversion: Conversion, { node, inputs, scope, used }: NodeRun) {
  const name = node.attributes.functionName('f')
  return conversion.call(conversion, scope.calls, { name, inputs, wanted: used })
}

/** A branch whose condition is known while converting: the other one is left out. */
function branch(conversion: Conversion, nodeRun: NodeRun) {
  const { node, inputs, scope, used } = nodeRun
  const [condition, ...rest] = inputs
  const isTaken = truth(condition)
  if (isTaken === undefined) throw wrong(nodeRun, 'branches on what is only known when it runs')
  const name = node.attributes.functionName(isTaken ? 'then_branch' : 'else_branch')
  return conversion.call(conversion, scope.calls, { name, inputs: rest, wanted: used })
}

/** A loop of a few steps, as one after the other; else as a loop of ONNX. */
function loop(conversion: Conversion, nodeRun: NodeRun): readonly (Item | undefined)[] {
  const { node, scope } = nodeRun
  const condition = node.attributes.functionName('cond')
  const body = node.attributes.functionName('body')
  let inputs = nodeRun.inputs
  for (let step = 0; step <= UNROLLED_STEPS_MAX; step++) {
    const [goesOn] = conversion.call(conversion, scope.calls, { name: condition, inputs })
    const isOn = truth(goesOn)
    if (isOn === undefined) break
    if (!isOn) return inputs
    inputs = conversion
      .call(conversion, scope.calls, { name: body, inputs })
      .flatMap((item) => (item ? [item] : []))
    if (inputs.length !== nodeRun.inputs.length) throw wrong(nodeRun, 'loses values in its loop')
  }
  return emitLoop(conversion, nodeRun)
}

function truth(item: Item | undefined): boolean | undefined {
  const [element, ...more] = elementsOf(item) ?? []
  return typeof element === 'number' && more.length === 0 ? element !== 0 : undefined
}
