import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tensor, TensorSpec } from '../core/tensor.ts'
import { Graph } from './onnx/graph.ts'
import { binary } from './onnx/operators.ts'
import { writeOnnx } from './onnx/write.ts'
import { openSession, type RunnableModel } from './session.ts'

/** A model that doubles rows of two; `batch` fixes how many it takes at once. */
function doubling(batch?: number): RunnableModel {
  const graph = new Graph()
  const source = graph.input({ datatype: 'FP32', shape: [batch ?? -1, 2] })
  graph.output(binary(graph, 'Mul', [source, graph.scalar(2)]))
  const spec = (name: string): TensorSpec => ({ name, datatype: 'FP32', shape: [-1, 2] })
  return {
    onnx: writeOnnx(graph),
    version: '0123456789ab',
    inputKeys: ['/input_0'],
    outputKeys: ['/output_0'],
    inputs: [spec('pixels')],
    outputs: [spec('twice')],
    ...(batch !== undefined && { batch }),
  }
}

function rowsOf(count: number): Tensor {
  const data = Float32Array.from({ length: 2 * count }, (_, index) => index)
  return { datatype: 'FP32', shape: [count, 2], data }
}

describe('openSession', () => {
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
