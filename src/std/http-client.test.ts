import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { type HttpClient, httpClient } from './http-client.ts'

async function against(listener: RequestListener, use: (client: HttpClient) => Promise<void>) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = httpClient(`http://127.0.0.1:${port}`, {
    connectionsMax: 2,
    answerSizeBytesMax: 100,
  })
  try {
    await use(client)
  } finally {
    await client.close()
    server.closeAllConnections()
    server.close()
  }
}

it('request() gives status, headers and body, errors included', async () => {
  const listener: RequestListener = (request, response) => {
    response.writeHead(404, { 'x-path': request.url ?? '' }).end('none')
  }
  await against(listener, async (client) => {
    const answer = await client.request({ method: 'GET', path: '/a?b=c', timeoutMs: 5_000 })
    assert.equal(answer.status, 404)
    assert.equal(answer.headers['x-path'], '/a?b=c')
    assert.equal(Buffer.from(answer.body).toString(), 'none')
  })
})

it('request() throws ERR_TIMEOUT when no answer comes in time', async () => {
  await against(
    () => {},
    async (client) => {
      const call = client.request({ method: 'GET', path: '/', timeoutMs: 20 })
      await assert.rejects(call, { code: 'ERR_TIMEOUT' })
    },
  )
})

it('request() throws ERR_LIMIT for an answer beyond the limit', async () => {
  await against(
    (_request, response) => response.end('x'.repeat(101)),
    async (client) => {
      const call = client.request({ method: 'GET', path: '/', timeoutMs: 5_000 })
      await assert.rejects(call, { code: 'ERR_LIMIT' })
    },
  )
})

it('request() throws ERR_UNAVAILABLE when the peer breaks off, before and in mid-answer', async () => {
  for (const start of ['', 'half']) {
    await against(
      (_request, response) => {
        if (start) response.writeHead(200, { 'content-length': '10' }).write(start)
        setImmediate(() => response.destroy())
      },
      async (client) => {
        const call = client.request({ method: 'GET', path: '/', timeoutMs: 5_000 })
        await assert.rejects(call, { code: 'ERR_UNAVAILABLE' })
      },
    )
  }
})

it('request() throws the reason of a signal that aborts', async () => {
  await against(
    () => {},
    async (client) => {
      const reason = new Error('enough')
      const signal = AbortSignal.abort(reason)
      const call = client.request({ method: 'GET', path: '/', timeoutMs: 5_000, signal })
      await assert.rejects(call, reason)
    },
  )
})

it('stream() gives the body as it arrives', async () => {
  await against(
    (_request, response) => {
      response.write('one ')
      response.end('two')
    },
    async (client) => {
      const { status, body } = await client.stream({ method: 'GET', path: '/' })
      const parts: Uint8Array[] = []
      for await (const part of body) parts.push(part)
      assert.equal(status, 200)
      assert.equal(Buffer.concat(parts).toString(), 'one two')
    },
  )
})
