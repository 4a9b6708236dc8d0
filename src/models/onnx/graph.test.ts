import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isFoglineError } from '../../std/errors.ts'
import { openSession } from '../session.ts'
import { Graph } from './graph.ts'
import { writeOnnx } from './write.ts'

it('body() is a graph that an operator runs, with values and constants of the graph around it', async () => {
  const graph = new Graph()
  const factor = graph.input({ datatype: 'FP32', shape: [-1, 1] })
  const steps = graph.input({ datatype: 'FP32', shape: [-1, 3, 1] })
  const body = graph.body()
  const sum = body.input({ datatype: 'FP32', shape: [-1, 1] })
  const step = body.input({ datatype: 'FP32', shape: [-1, 1] })
  const scaled = body.add({ op: 'Mul', inputs: [step, factor], shape: [-1, 1] })
  const shifted = body.add({ op: 'Add', inputs: [scaled, graph.scalar(1)], shape: [-1, 1] })
  body.output(body.add({ op: 'Add', inputs: [sum, shifted], shape: [-1, 1] }))
  const [last] = graph.addEach(
    {
      op: 'Scan',
      inputs: [graph.add({ op: 'Abs', inputs: [factor], shape: [-1, 1] }), steps],
      attributes: {
        body: { graph: body },
        num_scan_inputs: { int: 1 },
        scan_input_axes: { ints: [1] },
      },
    },
    [{ shape: [-1, 1] }],
  )
  assert.ok(last)
  graph.output(last)
  const spec = { datatype: 'FP32', shape: [-1, 1] } as const
  const section = await openSession(
    {
      onnx: writeOnnx(graph),
      version: 'test',
      inputKeys: ['/input_0', '/input_1'],
      outputKeys: ['/output_0'],
      inputs: [
        { ...spec, name: 'factor' },
        { name: 'steps', datatype: 'FP32', shape: [-1, 3, 1] },
      ],
      outputs: [{ ...spec, name: 'sum' }],
    },
    1,
  )
  const [answer] = await section.run([
    { datatype: 'FP32', shape: [2, 1], data: Float32Array.of(-2, 10) },
    { datatype: 'FP32', shape: [2, 3, 1], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  ])
  await section.close()
  assert.deepEqual([...(answer?.data ?? [])], [2 - 12 + 3, 10 + 150 + 3])
})

it('body() is refused within too many others', () => {
  assert.throws(
    () => {
      for (let graph = new Graph(); ; graph = graph.body());
    },
    (error) => isFoglineError(error, 'ERR_MODEL'),
  )
})
