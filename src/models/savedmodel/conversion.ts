import type { Tensor } from '../../core/tensor.ts'
import type { Graph } from '../onnx/graph.ts'
import type { Item } from './item.ts'
import type { MetaGraph, NodeGraph } from './meta-graph.ts'
import type { GraphNodeDef } from './node.ts'
import type { OpCall } from './op-call.ts'
import type { Variables } from './variables.ts'

/** What holds while one graph is converted. */
export interface Conversion {
  readonly graph: Graph
  readonly meta: MetaGraph
  readonly variables: Variables
  readonly constants: Map<GraphNodeDef, Tensor>
  /** Functions that are known to change nothing. */
  readonly pure: Set<string>
  /** What was used of the limits, over all calls. */
  readonly used: { nodes: number; constantElements: number }
  /** The results of a function; only those that are wanted are evaluated. */
  readonly call: (
    conversion: Conversion,
    calls: readonly string[],
    call: FunctionCall,
  ) => readonly (Item | undefined)[]
}

/** A graph or function in which nodes are evaluated. */
export interface Scope extends NodeGraph {
  /** What is given from outside, by name. */
  readonly given: ReadonlyMap<string, Item>
  /** The functions that are being called, outermost first. */
  readonly calls: readonly string[]
}

/** A call of a function of the library. */
export interface FunctionCall {
  readonly name: string
  readonly inputs: readonly Item[]
  readonly wanted?: ReadonlySet<number> | undefined
}

/** A node to be evaluated. */
export interface NodeRun extends Omit<OpCall, 'graph'> {
  readonly scope: Scope
  /** Which of its results are used; all if absent. */
  readonly used: ReadonlySet<number> | undefined
}
