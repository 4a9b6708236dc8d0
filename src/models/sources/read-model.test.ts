import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdtempDisposable, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type ModelServer, startModelServer } from '../../../tests/fixtures/model-server.ts'
import { loadSection } from '../load.ts'
import { FETCH_LIMITS } from './fetch-limits.ts'
import { modelSource, type SourceSettings } from './model-source.ts'
import { type ReadOptions, readModel } from './read-model.ts'

const DIGITS = new URL('../../../examples/digits/models/', import.meta.url)
const EDGE = await readFile(new URL('edge.keras', DIGITS))
const FOG = await readFile(new URL('fog.keras', DIGITS))
const EDGE_SHA256 = hash('sha256', EDGE)
const ALLOWED = { folder: '/', allowHttp: true, allowPrivate: true }

interface Given {
  readonly server: ModelServer
  readonly cacheFolder: string
  /** Lines of the log so far. */
  readonly lines: string[]
  /** How long it waited between attempts, so far. */
  readonly waits: number[]
  read(settings?: Partial<SourceSettings>, options?: ReadOptions): Promise<Uint8Array>
}

/** A server, an empty cache, and a way to read `/edge.keras` through it. */
async function given(listener: RequestListener, use: (given: Given) => Promise<void>) {
  await using server = await startModelServer(listener)
  await using root = await mkdtempDisposable(join(tmpdir(), 'read-model-'))
  const cacheFolder = join(root.path, 'cache')
  const lines: string[] = []
  const waits: number[] = []
  await use({
    server,
    cacheFolder,
    lines,
    waits,
    read: async (settings, options) => {
      const source = modelSource(`${server.origin}/edge.keras`, { ...ALLOWED, ...settings })
      const file = await readModel(source, {
        cacheFolder,
        log: (level, message) => void lines.push(`${level} ${message}`),
        delay: async (delayMs) => void waits.push(delayMs),
        random: () => 0.5,
        ...options,
      })
      assert.ok('bytes' in file)
      return file.bytes
    },
  })
}

const edge: RequestListener = (_request, response) => void response.end(EDGE)

/** Answers each request by the next listener; the last one stays. */
function inTurn(...listeners: readonly RequestListener[]): RequestListener {
  let turn = 0
  return (request, response) =>
    listeners[Math.min(turn++, listeners.length - 1)]?.(request, response)
}

const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(code, headers).end()

describe('readModel(), of a server without a cache', () => {
  it('gives the bytes, asked for once, unencoded', async () => {
    await given(edge, async ({ read, server, lines }) => {
      assert.deepEqual(await read({}, { cacheFolder: undefined }), EDGE)
      assert.equal(server.requests.length, 1)
      assert.equal(server.requests[0]?.headers['accept-encoding'], 'identity')
      assert.deepEqual(lines, ['info Model is fetched'])
    })
  })

  it('takes a body of no declared length, in parts', async () => {
    const parts: RequestListener = (_request, response) => {
      response.write(EDGE.subarray(0, 1000))
      setImmediate(() => response.end(EDGE.subarray(1000)))
    }
    await given(parts, async ({ read }) => assert.deepEqual(await read(), EDGE))
  })

  const short: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': EDGE.length }).write(EDGE.subarray(0, 100))
    setImmediate(() => response.destroy())
  }
  const silent: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-length': EDGE.length }).write(EDGE.subarray(0, 100))
  }
  const limits = { ...FETCH_LIMITS, idleMs: 50 }

  for (const [title, first, waitMs] of [
    ['500', status(500), 500],
    ['503', status(503), 500],
    ['408', status(408), 500],
    ['429', status(429), 500],
    ['503 with a wait of 7 s', status(503, { 'retry-after': '7' }), 7_000],
    ['429 with a wait of a day', status(429, { 'retry-after': '86400' }), 30_000],
    ['503 with a date', status(503, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }), 500],
    ['a connection that ends at once', (request) => void request.destroy(), 500],
    ['a connection that ends in mid-answer', short, 500],
    ['no answer', () => {}, 500],
    ['silence in mid-answer', silent, 500],
  ] as const satisfies readonly (readonly [string, RequestListener, number])[]) {
    it(`tries again after ${title}`, async () => {
      await given(inTurn(first, edge), async ({ read, server, waits, lines }) => {
        assert.deepEqual(await read({}, { limits }), EDGE)
        assert.equal(server.requests.length, 2)
        assert.deepEqual(waits, [waitMs])
        assert.equal(lines[0], 'warn Cannot fetch model: trying again')
      })
    })
  }

  it('gives up after six attempts, with waits that double', async () => {
    await given(status(503), async ({ read, server, waits }) => {
      await assert.rejects(read(), { code: 'ERR_MODEL', message: 'the server answers 503' })
      assert.equal(server.requests.length, 6)
      assert.deepEqual(waits, [500, 1000, 2000, 4000, 7500])
    })
  })

  it('gives up after the time for everything', async () => {
    await given(status(503), async ({ read }) => {
      const limits = { ...FETCH_LIMITS, totalMs: 30 }
      const delay: ReadOptions['delay'] = (_delayMs, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      await assert.rejects(read({}, { limits, delay }), { message: /not arrived within 30 ms/ })
    })
  })

  it('stops when its signal aborts, in mid-answer too', async () => {
    const abort = new AbortController()
    const listener: RequestListener = (request, response) => {
      silent(request, response)
      setImmediate(() => abort.abort())
    }
    await given(listener, async ({ read, server }) => {
      await assert.rejects(read({}, { signal: abort.signal }), { message: 'loading was stopped' })
      assert.equal(server.requests.length, 1)
    })
  })

  for (const [title, listener, message] of [
    ['404', status(404), 'the server answers 404 (expected 200)'],
    [
      '401',
      status(401),
      'the server answers 401 (does the address or "authorization" say who asks?)',
    ],
    ['400', status(400), 'the server answers 400 (expected 200)'],
    ['204', status(204), 'the server answers 204 (expected 200)'],
    ['206', status(206), 'the server answers 206 (expected 200)'],
    ['304, unasked', status(304), 'the server answers 304 (expected 200)'],
    ['a redirect to nowhere', status(302), 'the server redirects to no address'],
    [
      'a web page',
      (_request, response) => void response.end('<html>'),
      'file is no model (expected .keras, .h5, .onnx or a SavedModel)',
    ],
    [
      'a compressed body',
      (_request, response) => void response.setHeader('content-encoding', 'gzip').end(EDGE),
      'the server sends it in encoding "gzip", though asked for none',
    ],
    [
      'a body that says it is too large',
      (_request, response) => void response.setHeader('content-length', 60_001).write('x'),
      'file has 60001 bytes or more (at most 60000)',
    ],
    ['a body without end', endless, /file has \d+ bytes or more \(at most 60000\)/],
  ] as const satisfies readonly (readonly [string, RequestListener, string | RegExp])[]) {
    it(`refuses ${title} at once, and keeps nothing`, async () => {
      await given(listener, async ({ read, server, cacheFolder }) => {
        const limits = { ...FETCH_LIMITS, bytesMax: 60_000 }
        await assert.rejects(read({}, { limits }), { code: 'ERR_MODEL', message })
        assert.equal(server.requests.length, 1)
        assert.deepEqual(await readdir(cacheFolder).catch(() => []), [])
      })
    })
  }

  it('refuses a file of another digest than the pinned one, of a path too', async () => {
    const sha256 = 'a'.repeat(64)
    await given(edge, async ({ read, server }) => {
      await assert.rejects(read({ sha256 }), {
        message: `its sha256 is ${EDGE_SHA256} (expected ${sha256})`,
      })
      assert.equal(server.requests.length, 1)
    })
    const file = modelSource(new URL('edge.keras', DIGITS).pathname, { folder: '/', sha256 })
    await assert.rejects(readModel(file), { message: /expected aaaa/ })
  })

  it('sends authorization, which is asked for anew each time', async () => {
    const listener = inTurn(status(503), edge)
    await given(listener, async ({ read, server }) => {
      let asked = 0
      await read({ authorization: () => `Bearer ${++asked}` })
      const sent = server.requests.map(({ headers }) => headers.authorization)
      assert.deepEqual(sent, ['Bearer 1', 'Bearer 2'])
    })
  })
})

/** Writes for as long as somebody reads. */
function endless(_request: unknown, response: ServerResponse): void {
  const write = () => {
    while (response.write(Buffer.alloc(16_384)));
  }
  response.on('drain', write)
  write()
}

describe('readModel(), of a server with a cache', () => {
  /** Knows two versions by their tags; `version` may be changed. */
  function tagged(version: { bytes: Uint8Array }): RequestListener {
    return (request, response) => {
      const etag = `"${hash('sha256', version.bytes).slice(0, 8)}"`
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end()
      else response.setHeader('etag', etag).end(version.bytes)
    }
  }

  it('does not get again what is unchanged, and gets what has changed', async () => {
    const version = { bytes: EDGE }
    await given(tagged(version), async ({ read, server, lines }) => {
      for (let times = 0; times < 3; times++) assert.deepEqual(await read(), EDGE)
      version.bytes = FOG
      assert.deepEqual(await read(), FOG)
      version.bytes = EDGE
      assert.deepEqual(await read(), EDGE)
      const conditions = server.requests.map(({ headers }) => headers['if-none-match'])
      assert.deepEqual([conditions.length, conditions[0]], [5, undefined])
      assert.equal(lines.filter((line) => line === 'info Model is fetched').length, 3)
    })
  })

  it('asks by date where the server gives no tag', async () => {
    const date = 'Wed, 21 Oct 2015 07:28:00 GMT'
    const listener: RequestListener = (request, response) => {
      if (request.headers['if-modified-since'] === date) response.writeHead(304).end()
      else response.setHeader('last-modified', date).end(EDGE)
    }
    await given(listener, async ({ read, lines }) => {
      for (let times = 0; times < 2; times++) assert.deepEqual(await read(), EDGE)
      assert.equal(lines.length, 1)
    })
  })

  it('needs no network for a pinned digest that it has, whatever the address', async () => {
    await given(edge, async ({ read, server, cacheFolder, lines }) => {
      await read({ sha256: EDGE_SHA256 })
      await server.close()
      assert.deepEqual(await read({ sha256: EDGE_SHA256.toUpperCase() }), EDGE)
      const elsewhere = modelSource('https://nowhere.invalid/x', {
        folder: '/',
        sha256: EDGE_SHA256,
      })
      const { sha256 } = await readModel(elsewhere, { cacheFolder })
      assert.equal(sha256, EDGE_SHA256)
      assert.deepEqual(lines, ['info Model is fetched'])
    })
  })

  it('uses the copy of last time where the server is away, after two attempts, and says so', async () => {
    await given(inTurn(edge, status(503)), async ({ read, server, lines, waits }) => {
      await read()
      assert.deepEqual(await read(), EDGE)
      assert.equal(server.requests.length, 3)
      await server.close()
      assert.deepEqual(await read(), EDGE)
      assert.equal(waits.length, 2)
      const said = 'warn Cannot fetch model: using the copy of last time'
      assert.equal(lines.filter((line) => line === said).length, 2)
    })
  })

  it('does not use the copy against an answer', async () => {
    await given(inTurn(edge, status(404)), async ({ read }) => {
      await read()
      await assert.rejects(read(), { message: 'the server answers 404 (expected 200)' })
    })
  })

  for (const [title, damage] of [
    ['changed', (path: string) => writeFile(path, FOG)],
    ['cut', (path: string) => writeFile(path, EDGE.subarray(0, 100))],
    ['deleted', (path: string) => rm(path)],
  ] as const) {
    it(`notices that a copy was ${title}, and gets it anew`, async () => {
      await given(tagged({ bytes: EDGE }), async ({ read, server, cacheFolder }) => {
        const copy = join(cacheFolder, 'models', EDGE_SHA256)
        for (const settings of [{}, { sha256: EDGE_SHA256 }]) {
          await read(settings)
          await damage(copy)
          assert.deepEqual(await read(settings), EDGE)
          assert.deepEqual(await readFile(copy), EDGE)
        }
        await damage(copy)
        await server.close()
        await assert.rejects(read(), { code: 'ERR_UNAVAILABLE' })
      })
    })
  }

  for (const note of ['', '{', '[]', 'null', '{"sha256":"../../x"}', '{"sha256":1,"etag":2}']) {
    it(`ignores a note on an address that is ${JSON.stringify(note)}`, async () => {
      await given(tagged({ bytes: EDGE }), async ({ read, cacheFolder }) => {
        await read()
        const [name = ''] = await readdir(join(cacheFolder, 'addresses'))
        await writeFile(join(cacheFolder, 'addresses', name), note)
        assert.deepEqual(await read(), EDGE)
      })
    })
  }

  it('sends no tag that could not stand in a header', async () => {
    await given(edge, async ({ read, server, cacheFolder }) => {
      await read()
      const [name = ''] = await readdir(join(cacheFolder, 'addresses'))
      const note = { sha256: EDGE_SHA256, etag: '"a"\r\nx: y', lastModified: 'x'.repeat(1001) }
      await writeFile(join(cacheFolder, 'addresses', name), JSON.stringify(note))
      assert.deepEqual(await read(), EDGE)
      assert.equal(server.requests[1]?.headers['if-none-match'], undefined)
      assert.equal(server.requests[1]?.headers['if-modified-since'], undefined)
    })
  })

  it('gives the model though no copy can be kept, with a warning', async () => {
    await given(edge, async ({ read, cacheFolder, lines }) => {
      await writeFile(cacheFolder, 'no folder')
      assert.deepEqual(await read(), EDGE)
      assert.equal(lines[0], 'warn Cannot keep a copy of the model')
    })
  })

  it('keeps one whole copy, however many get it at the same time', async () => {
    await given(edge, async ({ read, cacheFolder }) => {
      const all = await Promise.all(Array.from({ length: 8 }, () => read()))
      for (const bytes of all) assert.deepEqual(bytes, EDGE)
      assert.deepEqual(await readdir(join(cacheFolder, 'models')), [EDGE_SHA256])
    })
  })

  it('holds no address in clear: it may be secret', async () => {
    await given(edge, async ({ server, cacheFolder }) => {
      const source = modelSource(`${server.origin}/e?signature=hidden`, ALLOWED)
      await readModel(source, { cacheFolder })
      const [name = ''] = await readdir(join(cacheFolder, 'addresses'))
      const note = await readFile(join(cacheFolder, 'addresses', name), 'utf8')
      assert.doesNotMatch(name + note, /hidden|127\.0\.0\.1/)
    })
  })
})

describe('readModel(), of a Kafka-ML back-end', () => {
  async function result(
    listener: RequestListener,
    use: (address: string, server: ModelServer) => Promise<void>,
  ) {
    await using server = await startModelServer(listener)
    await use(`kafka-ml+http://127.0.0.1:${server.port}/3`, server)
  }

  it('gets the trained model of a result', async () => {
    const h5 = await readFile(new URL('edge.h5', DIGITS))
    const listener: RequestListener = (_request, response) => {
      response.setHeader('content-type', 'application/force-download')
      response.setHeader('content-disposition', 'attachment; filename="model.h5"')
      response.setHeader('ml-framework', 'tf').end(h5)
    }
    await result(listener, async (address, server) => {
      const section = await loadSection(modelSource(address, { folder: '/' }))
      await section.close()
      assert.equal(section.outputs.length, 2)
      assert.equal(server.requests[0]?.url, '/results/model/3')
    })
  })

  it('refuses a model of PyTorch, and says what its 400 may mean', async () => {
    const pytorch: RequestListener = (_request, response) =>
      void response.setHeader('ml-framework', 'pth').end('PK')
    for (const [listener, message] of [
      [
        pytorch,
        /^Cannot load model "kafka-ml\+http:\/\/127.*\/3": the Kafka-ML result is of framework "pth"/,
      ],
      [
        status(400),
        /no such result, its training has not finished, .* by "127\.0\.0\.1" \(ALLOWED_HOSTS\)/,
      ],
    ] as const) {
      await result(listener, async (address) => {
        await assert.rejects(loadSection(modelSource(address, { folder: '/' })), { message })
      })
    }
  })
})
