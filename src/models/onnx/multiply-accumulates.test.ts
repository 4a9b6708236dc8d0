import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Attribute } from './graph.ts'
import { multiplyAccumulates, shapesNeeded } from './multiply-accumulates.ts'

interface Row {
  readonly op: string
  readonly inputs: readonly (readonly number[])[]
  readonly output: readonly number[]
  readonly attributes?: Readonly<Record<string, Attribute>>
  readonly count: number | undefined
}

const ROWS: readonly Row[] = [
  {
    op: 'Conv',
    inputs: [
      [1, 3, 9, 9],
      [8, 3, 5, 5],
    ],
    output: [1, 8, 5, 5],
    count: 8 * 25 * 3 * 25,
  },
  // Depthwise: a kernel has the channels of its group alone.
  {
    op: 'Conv',
    inputs: [
      [1, 4, 9, 9],
      [4, 1, 3, 3],
    ],
    output: [1, 4, 7, 7],
    count: 4 * 49 * 9,
  },
  {
    op: 'ConvTranspose',
    inputs: [
      [1, 6, 4, 4],
      [6, 2, 3, 3],
    ],
    output: [1, 2, 9, 9],
    count: 6 * 16 * 2 * 9,
  },
  {
    op: 'MatMul',
    inputs: [
      [1, 7, 5],
      [5, 3],
    ],
    output: [1, 7, 3],
    count: 7 * 3 * 5,
  },
  {
    op: 'Gemm',
    inputs: [
      [2, 5],
      [5, 3],
    ],
    output: [2, 3],
    count: 2 * 3 * 5,
  },
  {
    op: 'Gemm',
    inputs: [
      [5, 2],
      [5, 3],
    ],
    output: [2, 3],
    attributes: { transA: { int: 1 } },
    count: 2 * 3 * 5,
  },
  {
    op: 'LSTM',
    inputs: [
      [7, 1, 3],
      [2, 16, 3],
      [2, 16, 4],
    ],
    output: [7, 2, 1, 4],
    count: 7 * 2 * 16 * (3 + 4),
  },
  {
    op: 'GRU',
    inputs: [
      [1, 7, 3],
      [1, 12, 3],
      [1, 12, 4],
    ],
    output: [1, 7, 1, 4],
    attributes: { layout: { int: 1 } },
    count: 7 * 12 * (3 + 4),
  },
  {
    op: 'Einsum',
    inputs: [
      [1, 7, 2, 4],
      [1, 9, 2, 4],
    ],
    output: [1, 2, 7, 9],
    attributes: { equation: { text: 'bqhd, bkhd -> bhqk' } },
    count: 7 * 9 * 2 * 4,
  },
  {
    op: 'Einsum',
    inputs: [
      [1, 7],
      [7, 2],
    ],
    output: [1, 2],
    attributes: { equation: { text: '...i,ij->...j' } },
    count: undefined,
  },
  {
    op: 'MatMul',
    inputs: [
      [1, -1, 5],
      [5, 3],
    ],
    output: [1, -1, 3],
    count: undefined,
  },
  { op: 'Relu', inputs: [[1, -1]], output: [1, -1], count: 0 },
  { op: 'Scan', inputs: [[1, 5]], output: [1, 5], count: undefined },
  { op: 'com.microsoft.Attention', inputs: [[1, 5]], output: [1, 5], count: undefined },
]

for (const { op, inputs, output, attributes = {}, count } of ROWS) {
  it(`multiplyAccumulates() of ${op} to [${output}] is ${count}`, () => {
    const names = inputs.map((_, index) => `in${index}`)
    const shapes = new Map([
      ...names.map((name, index) => [name, inputs[index]] as const),
      ['out', output],
    ])
    const node = { op, inputs: names, outputs: ['out'], attributes }
    const asked = new Set(shapesNeeded(node))
    assert.equal(
      multiplyAccumulates(node, (name) => (asked.has(name) ? shapes.get(name) : undefined)),
      count,
    )
  })
}
