import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tensor, TensorSpec } from '../core/tensor.ts'
import { Graph } from './onnx/graph.ts'
import { binary } from './onnx/operators.ts'
import { writeOnnxParts } from './onnx/write.ts'
import { openSession, type RunnableModel } from './session.ts'

/** A model that doubles rows of two; `batch` fixes how many it takes at once. */
function doubling(batch?: number): RunnableModel {
  const graph = new Graph()
  const source = graph.input({ datatype: 'FP32', shape: [batch ?? -1, 2] })
  graph.output(binary(graph, 'Mul', [source, graph.scalar(2)]))
  const spec = (name: string): TensorSpec => ({ name, datatype: 'FP32', shape: [-1, 2] })
  return {
    ...writeOnnxParts(graph),
    version: '0123456789ab',
    inputKeys: ['/input_0'],
    outputKeys: ['/output_0'],
    inputs: [spec('pixels')],
    outputs: [spec('twice')],
    ...(batch !== undefined && { batch }),
  }
}

/** A model that adds `numbers` to rows. */
function adding(numbers: Float32Array): RunnableModel {
  const graph = new Graph()
  const shape = [-1, numbers.length]
  const source = graph.input({ datatype: 'FP32', shape })
  const addend = graph.constant({ datatype: 'FP32', shape: [numbers.length], data: numbers })
  graph.output(binary(graph, 'Add', [source, addend]))
  return {
    ...writeOnnxParts(graph),
    version: '0123456789ab',
    inputKeys: ['/input_0'],
    outputKeys: ['/output_0'],
    inputs: [{ name: 'in', datatype: 'FP32', shape }],
    outputs: [{ name: 'out', datatype: 'FP32', shape }],
  }
}

/** A model whose largest of each 3 x 3 window counts the zeros around an image of 2 x 2. */
function poolingPadded(): RunnableModel {
  const graph = new Graph()
  const shape = [-1, 1, 2, 2]
  const source = graph.input({ datatype: 'FP32', shape })
  const pads = graph.integers([0, 0, 1, 1, 0, 0, 1, 1])
  const padded = graph.add({ op: 'Pad', inputs: [source, pads], shape: [-1, 1, 4, 4] })
  const attributes = { kernel_shape: { ints: [3, 3] } }
  graph.output(graph.add({ op: 'MaxPool', inputs: [padded], attributes, shape }))
  return {
    ...writeOnnxParts(graph),
    version: '0123456789ab',
    inputKeys: ['/input_0'],
    outputKeys: ['/output_0'],
    inputs: [{ name: 'in', datatype: 'FP32', shape }],
    outputs: [{ name: 'out', datatype: 'FP32', shape }],
    keepsPads: true,
  }
}

function rowsOf(count: number): Tensor {
  const data = Float32Array.from({ length: 2 * count }, (_, index) => index)
  return { datatype: 'FP32', shape: [count, 2], data }
}

describe('openSession', () => {
  it('counts the zeros of a Pad before a MaxPool', async () => {
    const section = await openSession(poolingPadded(), 1)
    const data = new Float32Array(4).fill(-1)
    const [answer] = await section.run([{ datatype: 'FP32', shape: [1, 1, 2, 2], data }])
    await section.close()
    assert.deepEqual(answer?.data, new Float32Array(4))
  })

  for (const batch of [undefined, 1, 2, 5]) {
    for (const count of [1, 2, 5, 7]) {
      it(`runs ${count} samples on a model that takes ${batch ?? 'any'} at once`, async () => {
        const section = await openSession(doubling(batch), 1)
        const [answer] = await section.run([rowsOf(count)])
        await section.close()
        assert.deepEqual(answer?.shape, [count, 2])
        assert.deepEqual(
          answer?.data,
          Float32Array.from(rowsOf(count).data as Float32Array, (value) => value * 2),
        )
      })
    }
  }

  it('takes large weights from where they are, and needs them no more once it is open', async () => {
    const size = 3000
    const numbers = Float32Array.from({ length: size }, (_, index) => index / 8)
    for (const shift of [0, 1, 2]) {
      // Weights of a file lie anywhere.
      const memory = new Uint8Array(4 * size + shift)
      memory.set(new Uint8Array(numbers.buffer), shift)
      const { weights, ...model } = adding(numbers)
      assert.deepEqual(
        weights?.map(({ data }) => data.length),
        [4 * size],
      )
      const [path = ''] = weights?.map((weight) => weight.path) ?? []
      const moved = [{ path, data: memory.subarray(shift) }]
      const section = await openSession({ ...model, weights: moved }, 1)
      memory.fill(0xff)
      const zeros = { datatype: 'FP32', shape: [1, size], data: new Float32Array(size) } as const
      const [sum] = await section.run([zeros])
      await section.close()
      assert.deepEqual(sum?.data, numbers)
    }
  })

  it('refuses a model whose weights are missing or short', async () => {
    const { weights = [], ...model } = adding(new Float32Array(3000))
    const short = weights.map(({ path, data }) => ({ path, data: data.subarray(4) }))
    for (const given of [[], short]) {
      await assert.rejects(openSession({ ...model, weights: given }, 1), { code: 'ERR_MODEL' })
    }
  })

  const { data } = rowsOf(1)
  for (const [title, inputs, message] of [
    ['no input', [], /0 inputs were given \(expected 1\)/],
    ['another datatype', [{ ...rowsOf(1), datatype: 'INT32' }], /"pixels" is INT32 \[1, 2\]/],
    ['another width', [{ datatype: 'FP32', shape: [2, 1], data }], /expected FP32 \[-1, 2\]/],
    ['another rank', [{ datatype: 'FP32', shape: [2], data }], /is FP32 \[2\]/],
    ['less data than declared', [{ ...rowsOf(2), data }], /"pixels" is FP32 \[2, 2\]/],
    ['no samples', [rowsOf(0)], /has 0 samples/],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const section = await openSession(doubling(), 1)
      await assert.rejects(async () => section.run(inputs), { code: 'ERR_TENSOR', message })
      await section.close()
    })
  }
})
