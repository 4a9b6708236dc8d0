import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import type { Section } from '../core/section.ts'
import { stack, type Tensor, toFloats } from '../core/tensor.ts'
import { ruleToParameters } from '../core/tier-rule.ts'
import { encodeInferRequest } from '../core/v2/infer-request.ts'
import { decodeInferResponse } from '../core/v2/infer-response.ts'
import type { InferRequest } from '../core/v2/message.ts'
import { FoglineError } from '../std/errors.ts'
import { inferenceHandler } from './inference.ts'
import { BODY_SIZE_BYTES_MAX } from './limits.ts'

/** Answers [p, 1 - p] and doubles for each sample p; fails on a negative one. */
const section: Section = {
  version: '0123456789ab',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
  outputs: [
    { name: 'exit', datatype: 'FP32', shape: [-1, 2] },
    { name: 'up', datatype: 'FP32', shape: [-1, 1] },
  ],
  async run([input]) {
    const values = input ? [...toFloats(input)] : []
    if (values.some((value) => value < 0)) {
      throw new FoglineError('Cannot run model', { code: 'ERR_MODEL' })
    }
    return [
      stack(values.map((value) => floats([1, 2], [value, 1 - value]))),
      floats(
        [values.length, 1],
        values.map((value) => 2 * value),
      ),
    ]
  },
  close: async () => {},
}
const handler = inferenceHandler({
  section,
  name: 'edge',
  prediction: 'exit',
  features: 'up',
  version: '1.2.3',
})
const RULE = {
  metric: 'confidence',
  threshold: 0.8,
  from: 'probabilities',
  temperature: 1,
} as const
const INFER = '/v2/models/edge/infer'

function floats(shape: readonly number[], values: readonly number[]): Tensor {
  return { datatype: 'FP32', shape, data: Float32Array.from(values) }
}

function requestOf(samples: readonly number[], more: Partial<InferRequest> = {}): InferRequest {
  const input = { name: 'x', ...floats([samples.length, 1], samples) }
  return { parameters: {}, inputs: [input], binaryOutputs: true, ...more }
}

async function call(path: string, init: RequestInit = {}) {
  const response = await handler(new Request(`http://function${path}`, init))
  return { status: response.status, response, json: () => response.json() as Promise<unknown> }
}

async function infer(request: InferRequest) {
  const { body, headers } = encodeInferRequest(request)
  const { response } = await call(INFER, { method: 'POST', body, headers })
  assert.equal(response.status, 200, await response.text())
  return decodeInferResponse({
    body: await response.bytes(),
    headers: Object.fromEntries(response.headers),
  })
}

function values(outputs: Awaited<ReturnType<typeof infer>>['outputs']) {
  return Object.fromEntries(outputs.map(({ name, data }) => [name, [...data]]))
}

describe('the inference function, asked for itself', () => {
  for (const [path, body] of [
    ['/v2', { name: 'fogline', version: '1.2.3', extensions: ['binary_tensor_data'] }],
    ['/v2/health/live', { live: true }],
    ['/v2/health/ready', { ready: true }],
    ['/v2/models/edge/ready', { ready: true }],
    ['/v2/models/edge/versions/0123456789ab/ready', { ready: true }],
    [
      '/v2/models/edge',
      {
        name: 'edge',
        versions: ['0123456789ab'],
        platform: 'onnxruntime_onnx',
        inputs: section.inputs,
        outputs: section.outputs,
      },
    ],
  ] as const) {
    it(`answers ${path}`, async () => {
      const { status, json } = await call(path)
      assert.equal(status, 200)
      assert.deepEqual(await json(), body)
    })
  }

  for (const [method, path, status] of [
    ['GET', '/nothing', 404],
    ['GET', '/v2/models/fog', 404],
    ['GET', '/v2/models/fog/ready', 404],
    ['POST', '/v2/models/fog/infer', 404],
    ['POST', '/v2/models/edge/versions/2/infer', 404],
    ['GET', INFER, 405],
    ['POST', '/v2', 405],
    ['DELETE', '/v2/models/edge', 405],
    ['HEAD', '/v2/health/ready', 200],
  ] as const) {
    it(`answers ${status} to ${method} ${path}`, async () => {
      const answer = await call(path, { method })
      assert.equal(answer.status, status)
      if (status === 405) assert.match(answer.response.headers.get('allow') ?? '', /^(GET|POST)$/)
      if (status !== 200) assert.match(JSON.stringify(await answer.json()), /^{"error":"Cannot /)
    })
  }

  it('is not made for outputs that the section lacks', () => {
    const options = { section, name: 'edge', version: '1' }
    for (const names of [{ prediction: 'p' }, { prediction: 'exit', features: 'f' }]) {
      assert.throws(() => inferenceHandler({ ...options, ...names }), { code: 'ERR_CONFIG' })
    }
  })
})

describe('the inference function, asked to infer', () => {
  it("answers the model's own outputs without a rule", async () => {
    const response = await infer(requestOf([0.5, 1], { id: 'seven' }))
    assert.equal(response.modelName, 'edge')
    assert.equal(response.modelVersion, '0123456789ab')
    assert.equal(response.id, 'seven')
    assert.deepEqual(values(response.outputs), { exit: [0.5, 0.5, 1, 0], up: [1, 2] })
  })

  it('decides for each sample with a rule', async () => {
    const parameters = ruleToParameters(RULE)
    const { outputs } = await infer(requestOf([0.5, 1, 0.25], { parameters }))
    assert.deepEqual(values(outputs), {
      prediction: [0.5, 0.5, 1, 0, 0.25, 0.75],
      exited: [0, 1, 0],
      features: [1, 0.5],
    })
  })

  it('lets no sample whose prediction is NaN leave', async () => {
    for (const rule of [RULE, { ...RULE, threshold: 0 }, 'final'] as const) {
      const parameters = ruleToParameters(rule)
      const { outputs } = await infer(requestOf([Number.NaN, 1], { parameters }))
      assert.deepEqual(values(outputs).exited, [0, 1])
    }
  })

  it('answers the outputs that are asked for, in that order and encoding', async () => {
    const outputs = [
      { name: 'up', binary: false },
      { name: 'exit', binary: true },
    ]
    const { body, headers } = encodeInferRequest(requestOf([1], { outputs }))
    const { response } = await call(INFER, { method: 'POST', body, headers })
    const length = Number(response.headers.get('inference-header-content-length'))
    assert.deepEqual(JSON.parse((await response.text()).slice(0, length)).outputs, [
      { name: 'up', datatype: 'FP32', shape: [1, 1], data: [2] },
      { name: 'exit', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
    ])
  })

  it('answers an empty batch without running the model', async () => {
    const { outputs } = await infer(requestOf([]))
    assert.deepEqual(
      outputs.map(({ shape }) => shape),
      [
        [0, 2],
        [0, 1],
      ],
    )
  })

  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    it(`reads a body in ${encoding}, and refuses one that inflates beyond all bounds`, async () => {
      const { body, headers } = encodeInferRequest(requestOf([1]))
      const encoded = { ...headers, 'content-encoding': encoding }
      const post = (bytes: Uint8Array<ArrayBuffer>) =>
        call(INFER, { method: 'POST', body: compress(bytes), headers: encoded })
      assert.equal((await post(body)).status, 200)
      assert.equal((await post(new Uint8Array(BODY_SIZE_BYTES_MAX + 1))).status, 413)
      const broken = { method: 'POST', body: 'no', headers: encoded }
      assert.equal((await call(INFER, broken)).status, 400)
    })
  }

  const x = { name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }
  for (const [title, status, message, request] of [
    ['broken JSON', 400, /are not JSON/, '{'],
    [
      'a wrong datatype',
      400,
      /"x" is FP64 \[1, 1\] \(expected FP32 \[-1, 1\]\)/,
      { inputs: [{ ...x, datatype: 'FP64' }] },
    ],
    ['a wrong shape', 400, /"x" is FP32 \[1\] \(expected/, { inputs: [{ ...x, shape: [1] }] }],
    ['no input', 400, /input "x" is missing/, { inputs: [] }],
    [
      'an unknown input',
      400,
      /no input "y" \(expected "x"\)/,
      { inputs: [x, { ...x, name: 'y' }] },
    ],
    [
      'an unknown output',
      400,
      /output "up2" \(expected one of exit, up\)/,
      { inputs: [x], outputs: [{ name: 'up2' }] },
    ],
    [
      'its own output under a rule',
      400,
      /output "exit" \(expected one of prediction/,
      { inputs: [x], outputs: [{ name: 'exit' }], parameters: { exit_metric: 'final' } },
    ],
    [
      'a rule that is none',
      400,
      /"exit_threshold" is missing/,
      { inputs: [x], parameters: { exit_metric: 'margin' } },
    ],
    ['a model that fails', 500, /Cannot run model/, { inputs: [{ ...x, data: [-1] }] }],
  ] as const) {
    it(`answers ${status} to ${title}`, async () => {
      const body = typeof request === 'string' ? request : JSON.stringify(request)
      const answer = await call(INFER, { method: 'POST', body })
      assert.equal(answer.status, status)
      assert.match(((await answer.json()) as { error: string }).error, message)
    })
  }

  it('answers 400 to an encoding that it does not know', async () => {
    const headers = { 'content-encoding': 'constructor' }
    const { status } = await call(INFER, { method: 'POST', body: '{}', headers })
    assert.equal(status, 400)
  })
})
