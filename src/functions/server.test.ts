import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import type { Handler } from '../core/handler.ts'
import { type ServeOptions, serve } from './server.ts'

const echo: Handler = async (request) => new Response(await request.bytes(), { status: 201 })

async function served(test: TestContext, handler: Handler, options: Partial<ServeOptions> = {}) {
  const server = await serve(handler, { host: '127.0.0.1', port: 0, ...options })
  test.after(() => server.close())
  return { server, url: `http://127.0.0.1:${server.port}` }
}

/** Sends bytes as they are; resolves with all that came back once the peer has closed. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

/** A handler whose every call waits for `release`; `entered` resolves with the first. */
function held() {
  const entered = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const handler: Handler = async () => {
    entered.resolve()
    await release.promise
    return new Response('done')
  }
  return { handler, entered: entered.promise, release: () => release.resolve() }
}

describe('serve()', () => {
  it('gives the handler method, path, headers and body, and sends its answer', async (test) => {
    const { url } = await served(test, async (request) => {
      const { pathname, search } = new URL(request.url)
      const seen = [request.method, pathname, search, request.headers.get('x-a')]
      return Response.json([...seen, await request.text()], { headers: { 'x-b': '2' } })
    })
    const headers = { 'x-a': '1' }
    const response = await fetch(`${url}/a%20b?c=d`, { method: 'POST', body: 'body', headers })
    assert.equal(response.headers.get('x-b'), '2')
    assert.deepEqual(await response.json(), ['POST', '/a%20b', '?c=d', '1', 'body'])
  })

  it('carries large bodies both ways', async (test) => {
    const { url } = await served(test, echo)
    const body = new Uint8Array(1_000_003).map((_, index) => index)
    const response = await fetch(url, { method: 'POST', body })
    assert.equal(response.status, 201)
    assert.ok(Buffer.from(body).equals(await response.bytes()))
  })

  it('answers 413 to a body beyond its limit, announced or not', async (test) => {
    const { url } = await served(test, echo, { bodySizeBytesMax: 10 })
    const whole = new Uint8Array(300_000)
    const stream = new Blob([whole]).stream()
    const bodies = [{ body: whole }, { body: stream, duplex: 'half' }] as const
    for (const body of bodies) {
      const response = await fetch(url, { method: 'POST', ...body })
      assert.equal(response.status, 413)
      assert.match(await response.text(), /larger than 10 bytes/)
    }
    assert.equal((await fetch(url, { method: 'POST', body: new Uint8Array(10) })).status, 201)
  })

  it('answers 500 in the words of the protocol where the handler throws', async (test) => {
    const { url } = await served(test, async () => {
      throw new Error('broken')
    })
    const response = await fetch(url)
    assert.equal(response.status, 500)
    assert.deepEqual(await response.json(), { error: 'broken' })
  })

  for (const target of ['*', 'http://example.org/', 'nothing']) {
    it(`answers 400 to the target ${target}`, async (test) => {
      const { server } = await served(test, echo)
      const request = `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`
      assert.match(await raw(server.port, request), /^HTTP\/1.1 400 /)
    })
  }

  it('survives callers that break off', async (test) => {
    const { server, url } = await served(test, echo)
    const socket = connect(server.port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc', () => {
      socket.destroy()
    })
    await once(socket, 'close')
    assert.equal((await fetch(url, { method: 'POST', body: 'still here' })).status, 201)
  })

  it('answers the health checks of OpenFaaS', async (test) => {
    const { url } = await served(test, echo)
    for (const path of ['/_/health', '/_/ready']) {
      assert.equal((await fetch(`${url}${path}`)).status, 200)
    }
  })

  it('says which port is taken', async (test) => {
    const { server } = await served(test, echo)
    await assert.rejects(serve(echo, { host: '127.0.0.1', port: server.port }), {
      code: 'ERR_UNAVAILABLE',
      message: `Cannot listen on 127.0.0.1:${server.port}`,
    })
  })
})

describe('close()', () => {
  it('answers what is under way, is not ready, refuses what is new, then closes', async (test) => {
    const { handler, entered, release } = held()
    const { server, url } = await served(test, handler)
    const first = fetch(url)
    await entered
    const closed = server.close()
    const [live, ready, other] = await Promise.all(
      ['/v2/health/live', '/v2/health/ready', '/new'].map((path) => raw(server.port, get(path))),
    )
    assert.match(ready ?? '', /^HTTP\/1.1 503 /)
    assert.match(other ?? '', /^HTTP\/1.1 503 .*"error":"Cannot answer: the function is stopping"/s)
    release()
    assert.equal(await (await first).text(), 'done')
    await closed
    assert.match(live ?? '', /^HTTP\/1.1 200 /)
    await assert.rejects(fetch(url))
  })

  it('cuts off what is not answered in time', async (test) => {
    const { handler, entered } = held()
    const { server, url } = await served(test, handler, { graceMs: 1 })
    const cut = assert.rejects(fetch(url))
    await entered
    await server.close()
    await cut
  })

  it('ends idle connections', async (test) => {
    const { server, url } = await served(test, echo)
    await (await fetch(url)).bytes()
    await server.close()
    await server.close()
  })
})

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
}
