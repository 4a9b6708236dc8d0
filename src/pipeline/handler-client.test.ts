import assert from 'node:assert/strict'
import { it } from 'node:test'
import { handlerClient } from './handler-client.ts'

it('handlerClient() gives the handler the call, and its answer back', async () => {
  const client = handlerClient(async (request) => {
    const { pathname, search } = new URL(request.url)
    const text = `${request.method} ${pathname}${search} ${await request.text()}`
    return new Response(text, {
      status: 201,
      headers: { 'x-own': request.headers.get('x-id') ?? '' },
    })
  })
  const answer = await client.request({
    method: 'POST',
    path: '/function/a?b=c',
    headers: { 'x-id': '7' },
    body: Buffer.from('body'),
    timeoutMs: 5_000,
  })
  assert.equal(answer.status, 201)
  assert.equal(answer.headers['x-own'], '7')
  assert.equal(Buffer.from(answer.body).toString(), 'POST /function/a?b=c body')
})

it('handlerClient() throws ERR_TIMEOUT where no answer comes in time', async () => {
  const client = handlerClient(() => new Promise(() => {}))
  const call = client.request({ method: 'GET', path: '/', timeoutMs: 10 })
  await assert.rejects(call, { code: 'ERR_TIMEOUT' })
})

it('handlerClient() throws the reason of a signal that aborted', async () => {
  const abort = new AbortController()
  const client = handlerClient(async () => {
    abort.abort(new Error('enough'))
    return new Response('too late')
  })
  const call = client.request({ method: 'GET', path: '/', timeoutMs: 5_000, signal: abort.signal })
  await assert.rejects(call, { message: 'enough' })
})
