import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readBody } from './request-body.ts'

const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => index)

function post(chunks: readonly Uint8Array[], headers: Record<string, string> = {}): Request {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  // `duplex` is in the Fetch standard, and in no type yet.
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, headers, duplex: 'half' }
  return new Request('http://127.0.0.1/', init)
}

it('readBody() joins chunks, with and without an announced length', async () => {
  const chunks = [bytes(3), bytes(2)]
  const expected = Uint8Array.of(0, 1, 2, 0, 1)
  assert.deepEqual(await readBody(post(chunks), 5), expected)
  assert.deepEqual(await readBody(post(chunks, { 'content-length': '5' }), 5), expected)
})

it('readBody() is empty for a request without a body', async () => {
  assert.equal((await readBody(new Request('http://127.0.0.1/'), 5)).byteLength, 0)
})

it('readBody() throws ERR_LIMIT for a larger body, announced or not', async () => {
  const chunks = [bytes(3), bytes(3)]
  await assert.rejects(readBody(post(chunks), 5), { code: 'ERR_LIMIT' })
  await assert.rejects(readBody(post(chunks, { 'content-length': '6' }), 5), { code: 'ERR_LIMIT' })
})

it('readBody() reads a body that is here already and has no stream', async () => {
  const request = Object.assign(new Request('http://127.0.0.1/', { method: 'POST' }), {
    bytes: () => Promise.resolve(bytes(3)),
  })
  assert.deepEqual(await readBody(request, 3), bytes(3))
  await assert.rejects(readBody(request, 2), { code: 'ERR_LIMIT' })
})
