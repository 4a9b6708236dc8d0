import type { Section } from '../core/section.ts'
import {
  elementCount,
  elementSizeBytes,
  shapeFits,
  type Tensor,
  type TensorSpec,
  zeros,
} from '../core/tensor.ts'
import { messageOf } from '../std/errors.ts'
import type { Graph } from './onnx/graph.ts'
import { loopCost, stepsOf } from './onnx/loop-cost.ts'
import {
  type CostedNode,
  multiplyAccumulates,
  type ShapeOf,
  shapesNeeded,
} from './onnx/multiply-accumulates.ts'
import { type OnnxNodes, readNodes } from './onnx/nodes.ts'
import { MessageWriter } from './protobuf.ts'
import { quote, refuse } from './refuse.ts'
import { openSession, type RunnableModel } from './session.ts'

/** What one sample costs, seen by running one of zeros on one thread of this machine; or why not seen. */
export type Cost =
  | {
      readonly kind: 'measured'
      /** Median; one sample an invocation. */
      readonly latencyMsP50: number
      readonly runs: number
      /** Of each output, for one sample. */
      readonly outputBytes: readonly number[]
    }
  | { readonly kind: 'unknown'; readonly reason: string }

/** An operator and its multiply-accumulates for one sample; undefined where a size is unknown. */
export interface NodeCost {
  readonly node: CostedNode
  readonly multiplyAccumulates: number | undefined
}

/** What is known of a model's cost. */
export interface ModelCost {
  readonly cost: Cost
  readonly nodes: readonly NodeCost[]
  /** Of the constants in memory. */
  readonly weightBytes: number
}

/** How a model's cost is found out. */
export interface CostOptions {
  /**
   * The shape of a sample, without the batch, where the model leaves it open: by the name of the
   * input, or by '' for every input.
   */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined
  /** The graph that the model was written from, where it may have loops. */
  readonly graph?: Graph | undefined
  /** Not to run it at all, but only to look. */
  readonly isRun?: boolean
  /** A clock in milliseconds that only goes forward. */
  readonly nowMs?: () => number
}

/** Of a run: enough for a median, few enough that a large network answers in a second. */
const RUNS_MIN = 3
const RUNS_MAX = 50
const TIME_MAX_MS = 300
/** Before them: the first allocates, the second has warm caches. */
const RUNS_AHEAD = 2

/** Values whose shapes are looked at: the largest of Keras' applications asks for some 1500. */
const SHAPES_MAX = 10_000

/**
 * Runs `model`, opened as `section`, on one sample of zeros. Throws ERR_MODEL where that is to be of a
 * shape that the model does not take.
 */
export async function costOf(
  model: RunnableModel,
  section: Section,
  { shapes = new Map(), graph, isRun = true, nowMs = () => performance.now() }: CostOptions,
): Promise<ModelCost> {
  const read = readNodes(model.onnx)
  const wanted = sampleShapes(section.inputs, shapes)
  try {
    if (!isRun) throw refuse('it was not run')
    const sample = sampleOf(section.inputs, wanted)
    const { outputBytes, ...speed } = await timed(section, { sample, nowMs })
    const shapeOf = await shapesOf(model, { read, sample })
    return {
      cost: { kind: 'measured', ...speed, outputBytes },
      nodes: nodeCosts(read, { shapeOf, graph, batch: model.batch ?? 1 }),
      weightBytes: read.weightBytes,
    }
  } catch (error) {
    const unknown: ShapeOf = (name) => read.constants.get(name)
    return {
      cost: { kind: 'unknown', reason: messageOf(error) },
      nodes: nodeCosts(read, { shapeOf: unknown, graph: undefined, batch: 1 }),
      weightBytes: read.weightBytes,
    }
  }
}

/** Of one sample: [1, ...], with -1 where neither model nor user says a size; ERR_MODEL for a misfit. */
function sampleShapes(
  inputs: readonly TensorSpec[],
  shapes: ReadonlyMap<string, readonly number[]>,
): readonly (readonly number[])[] {
  const stray = [...shapes.keys()].find((key) => {
    return key !== '' && inputs.every(({ name }) => name !== key)
  })
  if (stray !== undefined) throw refuse(`there is no input ${quote(stray)}`)
  return inputs.map(({ name, shape: [, ...pattern] }) => {
    const sizes = shapes.get(name) ?? shapes.get('') ?? pattern
    if (sizes !== pattern && !shapeFits(sizes, pattern)) {
      throw refuse(
        `input ${quote(name)} takes [${pattern.join(', ')}], -1 for any size (not [${sizes.join(', ')}])`,
      )
    }
    return [1, ...sizes]
  })
}

function sampleOf(
  inputs: readonly TensorSpec[],
  shapes: readonly (readonly number[])[],
): readonly Tensor[] {
  return inputs.map(({ name, datatype }, index) => {
    const shape = shapes[index] ?? []
    if (shape.includes(-1)) throw refuse(`input ${quote(name)} is of any size`)
    return zeros(datatype, shape)
  })
}

async function timed(
  section: Section,
  { sample, nowMs }: { readonly sample: readonly Tensor[]; readonly nowMs: () => number },
) {
  let outputs: readonly Tensor[] = []
  for (let run = 0; run < RUNS_AHEAD; run++) outputs = await section.run(sample)
  const latenciesMs: number[] = []
  const startMs = nowMs()
  for (let run = 0; run < RUNS_MAX; run++) {
    const beforeMs = nowMs()
    if (run >= RUNS_MIN && beforeMs - startMs > TIME_MAX_MS) break
    await section.run(sample)
    latenciesMs.push(nowMs() - beforeMs)
  }
  const sorted = latenciesMs.toSorted((left, right) => left - right)
  return {
    latencyMsP50: sorted[Math.floor(sorted.length / 2)] ?? 0,
    runs: sorted.length,
    outputBytes: outputs.map(({ datatype, shape }) => {
      return elementCount(shape) * elementSizeBytes(datatype)
    }),
  }
}

interface Look {
  readonly read: OnnxNodes
  readonly sample: readonly Tensor[]
}

/**
 * The shapes that costs depend on, seen in a run of one batch: what operators take and give is made an
 * output. Two messages of one field are one, by protobuf's rules, so that they are appended.
 */
async function shapesOf(model: RunnableModel, { read, sample }: Look): Promise<ShapeOf> {
  const { batch = 1 } = model
  const fed = sample.map(({ datatype, shape: [, ...sizes] }) => zeros(datatype, [batch, ...sizes]))
  const known = new Map(read.constants)
  for (const [index, key] of model.inputKeys.entries()) known.set(key, fed[index]?.shape ?? [])
  const wanted = [
    ...new Set(read.nodes.flatMap((node) => [...shapesNeeded(node), ...stepsOf(node)])),
  ].filter((name) => !known.has(name))
  if (wanted.length > 0 && wanted.length <= SHAPES_MAX) {
    const added = new MessageWriter()
    for (const name of wanted)
      if (!read.outputs.has(name)) added.message(12, new MessageWriter().text(1, name))
    const onnx = Buffer.concat([model.onnx, new MessageWriter().message(7, added).finish()])
    const { batch: _, ...whole } = model
    const outputs = wanted.map((name): TensorSpec => ({ name, datatype: 'FP32', shape: [] }))
    const open = await openSession({ ...whole, onnx, outputKeys: wanted, outputs }, 1)
    try {
      const seen = await open.run(fed)
      for (const [index, name] of wanted.entries()) known.set(name, seen[index]?.shape ?? [-1])
    } finally {
      await open.close()
    }
  }
  return (name) => known.get(name)
}

interface Seen {
  readonly shapeOf: ShapeOf
  readonly graph: Graph | undefined
  readonly batch: number
}

function nodeCosts({ nodes }: OnnxNodes, { shapeOf, graph, batch }: Seen): readonly NodeCost[] {
  const loops = new Map(
    graph?.nodes.flatMap((node) => (node.op === 'Scan' ? [[node.outputs[0], node] as const] : [])),
  )
  return nodes.map((node) => {
    const loop = loops.get(node.outputs[0])
    const count =
      graph && loop ? loopCost(graph, loop, shapeOf) : multiplyAccumulates(node, shapeOf)
    return {
      node,
      multiplyAccumulates: count === undefined || loop ? count : count / batch,
    }
  })
}
