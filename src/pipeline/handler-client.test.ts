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

it('handlerClient() gives the body of a stream as it comes', async () => {
  const next = Promise.withResolvers<void>()
  const client = handlerClient(async () => {
    const body = new ReadableStream({
      start: async (parts) => {
        parts.enqueue(Buffer.from('first'))
        await next.promise
        parts.enqueue(Buffer.from('second'))
        parts.close()
      },
    })
    return new Response(body, { status: 206 })
  })
  const { status, body } = await client.stream({ method: 'GET', path: '/topics/x' })
  assert.equal(status, 206)
  const texts: string[] = []
  for await (const part of body) {
    texts.push(Buffer.from(part).toString())
    next.resolve()
  }
  assert.deepEqual(texts, ['first', 'second'])
})

it('handlerClient() gives no bytes for a stream without a body', async () => {
  const client = handlerClient(async () => new Response(null, { status: 204 }))
  const { body } = await client.stream({ method: 'GET', path: '/' })
  assert.deepEqual(await Array.fromAsync(body), [])
})

it('handlerClient() cancels the body of a stream when its signal aborts, and throws the reason', async () => {
  const cancelled = Promise.withResolvers<void>()
  const client = handlerClient(async () => {
    const body = new ReadableStream({
      start: (parts) => parts.enqueue(Buffer.from('first')),
      cancel: () => cancelled.resolve(),
    })
    return new Response(body)
  })
  const abort = new AbortController()
  const call = { method: 'GET', path: '/', signal: abort.signal } as const
  const { body } = await client.stream(call)
  const reading = Array.fromAsync(body, () => abort.abort(new Error('enough')))
  await assert.rejects(reading, { message: 'enough' })
  await cancelled.promise
})

it('handlerClient() cancels the body of a stream that is read no further', async () => {
  const cancelled = Promise.withResolvers<void>()
  const client = handlerClient(async () => {
    const start = (parts: ReadableStreamDefaultController) => parts.enqueue(Buffer.from('first'))
    return new Response(new ReadableStream({ start, cancel: () => cancelled.resolve() }))
  })
  const { body } = await client.stream({ method: 'GET', path: '/' })
  for await (const _ of body) break
  await cancelled.promise
})
