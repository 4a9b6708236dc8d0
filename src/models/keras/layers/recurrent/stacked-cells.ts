import type { Value } from '../../../onnx/graph.ts'
import type { LayerCall } from '../../layer-kind.ts'
import { type Cell, nth } from './cell.ts'

/** The cell of keras.layers.StackedRNNCells: each of `cells` takes what the one before gives. */
export function stackedCells({ settings }: LayerCall, cells: readonly Cell[]): Cell {
  settings.precision()
  const [first, ...others] = cells
  const last = cells.at(-1)
  if (!first || !last) throw settings.wrong('cells', [], 'at least one')
  const states = cells.flatMap((cell) => cell.states)
  return {
    states,
    output: states.length - last.states.length + last.output,
    prepare: first.prepare,
    step: (graph, input, before) => {
      const after: Value[] = [...first.step(graph, input, before.slice(0, first.states.length))]
      let output = nth(after, first.output)
      for (const cell of others) {
        const own = before.slice(after.length, after.length + cell.states.length)
        const next = cell.step(graph, cell.prepare(graph, output), own)
        output = nth(next, cell.output)
        after.push(...next)
      }
      return after
    },
  }
}
