import { quote, refuse } from '../../refuse.ts'
import type { GraphNodeDef } from '../node.ts'
import type { OpKind } from '../op-call.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { BLOCKS } from './blocks.ts'
import { CHOOSING } from './choosing.ts'
import { CONVOLUTION } from './convolution.ts'
import { JOINING } from './joining.ts'
import { LINEAR } from './linear.ts'
import { LISTS } from './lists.ts'
import { POOLING } from './pooling.ts'
import { REDUCTION } from './reduction.ts'
import { SHAPING } from './shaping.ts'
import { SLICING } from './slicing.ts'
import { UNARY } from './unary.ts'

/** Every operation that runs in the model, by TensorFlow's name. To add one: its line in its family. */
export const SAVEDMODEL_OPERATIONS: ReadonlyMap<string, OpKind> = new Map([
  ...ARITHMETIC,
  ...BLOCKS,
  ...CHOOSING,
  ...CONVOLUTION,
  ...JOINING,
  ...LINEAR,
  ...LISTS,
  ...POOLING,
  ...REDUCTION,
  ...SHAPING,
  ...SLICING,
  ...UNARY,
])

/** How a node is converted; ERR_MODEL where its operation is not on the list. */
export function opKind({ op, name }: GraphNodeDef): OpKind {
  const kind = SAVEDMODEL_OPERATIONS.get(op)
  if (kind) return kind
  if (RANDOM.test(op)) throw random({ op, name })
  throw refuse(`node ${quote(name)} is the operation ${quote(op)}, which is not supported`)
}

function random({ op, name }: Pick<GraphNodeDef, 'op' | 'name'>): Error {
  return refuse(
    `node ${quote(name)} (${quote(op)}) is random, so that answers would differ each time (export the model without Random layers, or for inference)`,
  )
}

const RANDOM = /Random|Multinomial|TruncatedNormal|SampleDistorted/

/** What a graph does besides giving results: such a model would answer by what it was asked before. */
const EFFECTS = /^(?:Assign|Resource(?:Scatter|Apply|Strided)|LookupTable(?:Insert|Import))/

/** Throws ERR_MODEL where a graph for serving changes something. */
export function checkEffects(nodes: readonly GraphNodeDef[]): void {
  const changing = nodes.find(({ op }) => EFFECTS.test(op))
  if (!changing) return
  // What draws random numbers changes its seed, too; then the draw is the reason.
  const drawn = nodes.find(({ op }) => RANDOM.test(op))
  if (drawn) throw random(drawn)
  const { op, name } = changing
  throw refuse(`node ${quote(name)} (${quote(op)}) changes a variable, which is not supported`)
}
