import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Handler } from '../../src/core/handler.ts'
import type { Section } from '../../src/core/section.ts'
import { type Tensor, toFloats } from '../../src/core/tensor.ts'
import { decodeInferResponse } from '../../src/core/v2/infer-response.ts'
import { inferenceHandler } from '../../src/functions/inference.ts'
import { type FunctionServer, serve } from '../../src/functions/server.ts'
import { loadSection } from '../../src/models/load.ts'
import { type HttpClient, httpClient } from '../../src/std/http-client.ts'

/** What tools/record-tritonclient.py noted of the client's requests. */
interface RecordedRequest {
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodyGzipBase64: string
}

const PREFIX = '/function/digits-edge'
const MODEL = new URL('../../examples/digits/models/edge.keras', import.meta.url)
const FIXTURE = new URL('../fixtures/triton/requests.json', import.meta.url)
const requests: readonly RecordedRequest[] = JSON.parse(readFileSync(FIXTURE, 'utf8'))

/** JSON prints doubles of floats, so every answer agrees to the last bits of a float. */
const ROUNDING = 1e-6

/** The pattern that the recorder sends: sixteenths, 28 x 28 an image. */
function images(count: number): Tensor {
  const data = Float32Array.from({ length: count * 28 * 28 }, (_, index) => (index % 16) / 16)
  return { datatype: 'FP32', shape: [count, 28, 28, 1], data }
}

/** The handler as the gateway offers it, under a prefix. */
function mounted(handler: Handler): Handler {
  return (request) => {
    const { pathname } = new URL(request.url)
    assert.ok(pathname.startsWith(`${PREFIX}/`), pathname)
    return handler(
      new Proxy(request, {
        get(target, key) {
          if (key === 'url') return target.url.replace(PREFIX, '')
          const value: unknown = Reflect.get(target, key, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      }),
    )
  }
}

describe('the requests of tritonclient[http]', () => {
  let section: Section
  let server: FunctionServer
  let client: HttpClient

  before(async () => {
    section = await loadSection(fileURLToPath(MODEL))
    const names = { prediction: 'edge_exit', features: 'edge_features' }
    const handler = inferenceHandler({ section, name: 'edge', version: '0.0.0', ...names })
    server = await serve(mounted(handler), { host: '127.0.0.1', port: 0 })
    client = httpClient(`http://127.0.0.1:${server.port}`, {
      connectionsMax: 1,
      answerSizeBytesMax: 10_000_000,
    })
  })
  after(async () => {
    await client.close()
    await server.close()
    await section.close()
  })

  async function replay({ method, path, headers, bodyGzipBase64 }: RecordedRequest) {
    const zipped = Buffer.from(bodyGzipBase64, 'base64')
    const { 'content-length': _, ...rest } = headers
    const body = zipped.length > 0 ? { body: gunzipSync(zipped) } : {}
    return client.request({ method, path, headers: rest, timeoutMs: 10_000, ...body })
  }

  it('are there for health, metadata and inference, in JSON and bytes, of 1 and of 100', () => {
    assert.deepEqual(
      requests.map(({ title }) => title),
      [
        'server live',
        'server ready',
        'model ready',
        'server metadata',
        'model metadata',
        ...['1', '100'].flatMap((count) =>
          ['JSON', 'binary', 'binary, gzip', 'binary, deflate'].map(
            (kind) => `infer ${count} as ${kind}`,
          ),
        ),
      ],
    )
  })

  for (const request of requests.filter(({ title }) => !title.startsWith('infer'))) {
    it(`are answered: ${request.title}`, async () => {
      const { status, body } = await replay(request)
      const text = new TextDecoder().decode(body)
      assert.equal(status, 200, text)
      const { name, inputs } = JSON.parse(text)
      if (request.title === 'server metadata') assert.equal(name, 'fogline')
      if (request.title === 'model metadata') assert.deepEqual(inputs, section.inputs)
    })
  }

  for (const request of requests.filter(({ title }) => title.startsWith('infer'))) {
    it(`are answered: ${request.title}`, async () => {
      const answer = await replay(request)
      assert.equal(answer.status, 200, new TextDecoder().decode(answer.body))
      const isJson = request.title.endsWith('JSON')
      assert.equal(answer.headers['content-type'] === 'application/json', isJson)
      const { id, modelName, outputs } = decodeInferResponse(answer)
      const count = Number(id)
      assert.equal(modelName, 'edge')
      const expected = await section.run([images(count)])
      for (const [index, output] of outputs.entries()) {
        const values = toFloats(output)
        const own = toFloats(expected[index] ?? output)
        assert.equal(output.name, section.outputs[index]?.name)
        assert.equal(output.shape[0], count)
        assert.ok(values.every((value, at) => Math.abs(value - (own[at] ?? 9)) <= ROUNDING))
      }
    })
  }
})
