import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { decodeInferRequest } from '../core/v2/infer-request.ts'
import { encodeInferResponse } from '../core/v2/infer-response.ts'
import { httpClient } from '../std/http-client.ts'
import { faultOfStatus, httpInvoke, type InvocationResult } from './invoke.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

/** What an invocation of two samples comes to where a function answers like this. */
async function invoked(answer: Answer, signal?: AbortSignal): Promise<InvocationResult> {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = httpClient(`http://127.0.0.1:${port}`, {
    connectionsMax: 1,
    answerSizeBytesMax: 10_000,
  })
  const path = '/function/digits-edge/v2/models/edge'
  const invoke = httpInvoke({ client, path, inputName: 'image', timeoutMs: 10_000 })
  try {
    return await invoke({
      batch: { datatype: 'FP32', shape: [2, 1], data: Float32Array.of(1, 2) },
      records: [],
      rule: { metric: 'margin', threshold: 0.5, from: 'logits', temperature: 2 },
      signal: signal ?? new AbortController().signal,
    })
  } finally {
    await client.close()
    server.closeAllConnections()
    server.close()
  }
}

function faultOf(result: InvocationResult): string {
  return result.kind === 'failed' ? `${result.fault}: ${result.error.message}` : 'none'
}

describe('httpInvoke()', () => {
  it('speaks the Open Inference Protocol V2 with binary tensors, and sends the rule', async () => {
    const result = await invoked(async (request, response) => {
      assert.equal(request.url, '/function/digits-edge/v2/models/edge/infer')
      const body = await buffer(request)
      const asked = decodeInferRequest({ body, headers: request.headers })
      assert.deepEqual(asked.parameters, {
        exit_metric: 'margin',
        exit_threshold: 0.5,
        exit_from: 'logits',
        exit_temperature: 2,
      })
      assert.equal(asked.binaryOutputs, true)
      const [input] = asked.inputs
      assert.equal(input?.name, 'image')
      assert.deepEqual(input?.data, Float32Array.of(1, 2))
      const outputs = [
        { name: 'exited', datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
      ] as const
      const encoded = encodeInferResponse(
        { modelName: 'edge', modelVersion: 'abc', parameters: {}, outputs },
        { binary: () => true },
      )
      response.writeHead(200, encoded.headers).end(encoded.body)
    })
    assert.equal(result.kind, 'answered')
    if (result.kind !== 'answered') return
    assert.equal(result.response.modelVersion, 'abc')
    assert.deepEqual(result.response.outputs[0]?.data, Uint8Array.of(1, 0))
  })

  it("takes the protocol's error text into its message", async () => {
    const result = await invoked((_request, response) => {
      response.writeHead(400).end('{"error":"Cannot read tensor: too short"}')
    })
    assert.equal(
      faultOf(result),
      'records: Cannot invoke function: it answered 400, "Cannot read tensor: too short"',
    )
  })

  it('takes nonsense for a failure of the function', async () => {
    for (const body of ['', '<html>', '{"outputs":7}']) {
      const result = await invoked((_request, response) => void response.end(body))
      assert.match(faultOf(result), /^function: Cannot use the function's answer/)
    }
  })

  it('takes an answer that is too large for a failure of the function', async () => {
    const result = await invoked((_request, response) => void response.end('x'.repeat(20_000)))
    assert.match(faultOf(result), /^function: /)
  })

  it('cannot tell whose fault a broken connection is', async () => {
    const result = await invoked((request) => void request.socket.destroy())
    assert.match(faultOf(result), /^unclear: Cannot reach http:/)
  })

  it('knows that nobody was there', async () => {
    const client = httpClient('http://127.0.0.1:1', { connectionsMax: 1, answerSizeBytesMax: 1 })
    const invoke = httpInvoke({ client, path: '/', inputName: 'x', timeoutMs: 10_000 })
    const result = await invoke({
      batch: { datatype: 'FP32', shape: [1, 1], data: Float32Array.of(1) },
      records: [],
      rule: 'final',
      signal: new AbortController().signal,
    })
    await client.close()
    assert.match(faultOf(result), /^surroundings: /)
  })

  it('does not throw where its signal aborts', async () => {
    const abort = new AbortController()
    const result = await invoked(() => abort.abort(), abort.signal)
    assert.equal(result.kind, 'failed')
  })
})

for (const [status, fault] of [
  [400, 'records'],
  [401, 'surroundings'],
  [404, 'surroundings'],
  [408, 'unclear'],
  [413, 'records'],
  [422, 'records'],
  [429, 'surroundings'],
  [500, 'function'],
  [501, 'function'],
  [502, 'unclear'],
  [503, 'surroundings'],
  [504, 'unclear'],
  [204, 'function'],
] as const) {
  it(`faultOfStatus() is ${fault} for ${status}`, () => {
    assert.equal(faultOfStatus(status), fault)
  })
}
