import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type ErrorCode, FoglineError } from '../std/errors.ts'
import type { HttpAnswer } from '../std/http-client.ts'
import type { Faas } from './faas.ts'
import { gateway } from './gateway.ts'
import type { Invocation } from './invocation.ts'
import { FAAS_LIMITS } from './limits.ts'

type Invoke = (invocation: Invocation) => Promise<HttpAnswer>

const ok: HttpAnswer = { status: 200, headers: {}, body: new Uint8Array() }

/** Calls a gateway to one function, `edge`, which answers as `invoke` does. */
function call(invoke: Invoke, path: string, init: RequestInit = {}): Promise<Response> {
  const faas: Pick<Faas, 'invoke' | 'limits'> = {
    limits: { ...FAAS_LIMITS, bodySizeBytesMax: 10 },
    invoke: async (name, invocation) => (name === 'edge' ? invoke(invocation) : undefined),
  }
  return gateway(faas)(new Request(`http://127.0.0.1${path}`, init))
}

for (const [path, expected] of [
  ['/function/edge', '/'],
  ['/function/edge/', '/'],
  ['/function/edge?a=b', '/?a=b'],
  ['/function/edge/v2/models/edge/infer', '/v2/models/edge/infer'],
  ['/function/edge/a%20b/?c=%2F&d', '/a%20b/?c=%2F&d'],
] as const) {
  it(`the gateway passes ${path} on as ${expected}`, async () => {
    let passed = ''
    const response = await call(async (invocation) => {
      passed = invocation.path
      return ok
    }, path)
    assert.equal(response.status, 200)
    assert.equal(passed, expected)
  })
}

it('the gateway passes method, body and headers on, but for those of the connection', async () => {
  let passed: Invocation | undefined
  const answer = {
    status: 418,
    headers: { 'x-one': '1', connection: 'close', 'content-length': '3' },
    body: Uint8Array.of(1, 2, 3),
  }
  const response = await call(
    async (invocation) => {
      passed = invocation
      return answer
    },
    '/function/edge',
    {
      method: 'PUT',
      body: Uint8Array.of(4, 5),
      headers: { 'x-two': '2', 'keep-alive': '5', 'x-call-id': 'abc' },
    },
  )
  assert.equal(passed?.method, 'PUT')
  assert.deepEqual(passed?.body, Uint8Array.of(4, 5))
  assert.deepEqual(passed?.headers, { 'x-two': '2', 'x-call-id': 'abc' })
  assert.equal(response.status, 418)
  assert.deepEqual(Object.fromEntries(response.headers), { 'x-one': '1', 'x-call-id': 'abc' })
  assert.deepEqual(await response.bytes(), answer.body)
})

it('the gateway gives a call an id where it has none', async () => {
  let passed: string | undefined
  const response = await call(async ({ headers }) => {
    passed = headers['x-call-id']
    return ok
  }, '/function/edge')
  assert.match(passed ?? '', /^[0-9a-f-]{36}$/)
  assert.equal(response.headers.get('x-call-id'), passed)
})

for (const [code, status] of [
  ['ERR_LIMIT', 429],
  ['ERR_FUNCTION', 500],
  ['ERR_UNAVAILABLE', 503],
  ['ERR_TIMEOUT', 504],
] as const satisfies readonly (readonly [ErrorCode, number])[]) {
  it(`the gateway answers ${status} for ${code}`, async () => {
    const response = await call(async () => {
      throw new FoglineError('Cannot do it', { code })
    }, '/function/edge')
    assert.equal(response.status, status)
    assert.deepEqual(await response.json(), { error: 'Cannot do it' })
    assert.equal(response.headers.has('retry-after'), status === 429 || status === 503)
  })
}

for (const [title, path, init, status, error] of [
  ['an unknown function', '/function/fog', {}, 404, 'error finding function fog'],
  ['another path', '/system', {}, 404, 'there is nothing at "/system"'],
  ['PATCH', '/function/edge', { method: 'PATCH' }, 405, 'the method "PATCH" is not passed on'],
  [
    'a body beyond the limit',
    '/function/edge',
    { method: 'POST', body: 'x'.repeat(11) },
    413,
    'Cannot read the request: its body exceeds 10 bytes',
  ],
] as const) {
  it(`the gateway answers ${status} for ${title}`, async () => {
    const response = await call(async () => ok, path, init)
    assert.equal(response.status, status)
    assert.deepEqual(await response.json(), { error })
  })
}

it('the gateway passes an answer without a body on', async () => {
  const response = await call(async () => ({ ...ok, status: 204 }), '/function/edge')
  assert.equal(response.status, 204)
})

it('the gateway is healthy', async () => {
  assert.equal((await call(async () => ok, '/healthz')).status, 200)
})
