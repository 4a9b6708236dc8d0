import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { describe, it } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { CERTIFICATE, startModelServer } from '../../../tests/fixtures/model-server.ts'
import type { Lookup } from '../../std/http-download.ts'
import { FETCH_LIMITS } from './fetch-limits.ts'
import { type Fetched, fetchOnce } from './fetch-once.ts'
import { modelSource, type SourceSettings, type WebSource } from './model-source.ts'

const ALLOWED = { folder: '/', allowHttp: true, allowPrivate: true }

function webSource(url: string, settings: SourceSettings = ALLOWED): WebSource {
  const source = modelSource(url, settings)
  assert.ok(source.kind === 'web')
  return source
}

function fetched(source: WebSource, lookup?: Lookup): Promise<Fetched> {
  const signal = new AbortController().signal
  return fetchOnce(source, { known: undefined, limits: FETCH_LIMITS, signal, lookup })
}

async function textOf(source: WebSource, lookup?: Lookup): Promise<string> {
  const answer = await fetched(source, lookup)
  assert.ok(answer.kind === 'file')
  return Buffer.from(answer.bytes).toString()
}

/** Looks every name up as the next of `addresses`; the last one stays. */
function leadingTo(...addresses: readonly (readonly string[])[]): Lookup {
  let turn = 0
  return (_hostname, _options, done) => {
    const found = addresses[Math.min(turn++, addresses.length - 1)] ?? []
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
}

const hello: RequestListener = (_request, response) => void response.end('hello')

describe('fetchOnce(), and addresses', () => {
  for (const url of [
    'http://127.0.0.1/x',
    'http://2130706433/x',
    'http://0x7f.1/x',
    'http://[::1]/x',
    'http://10.1.2.3/x',
    'http://192.168.0.1/x',
    'http://169.254.7.7/x',
    'http://[fe80::1]/x',
    'http://[fd00::1]/x',
    'http://[64:ff9b::a00:1]/x',
  ]) {
    it(`does not connect to ${url} unless private ones are allowed`, async () => {
      const source = webSource(url, { folder: '/', allowHttp: true })
      await assert.rejects(fetched(source), { code: 'ERR_MODEL', message: /a private address/ })
    })
  }

  for (const url of [
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/x',
    'http://100.100.100.200/x',
    'http://0.0.0.0/x',
    'http://[::]/x',
    'http://[::ffff:127.0.0.1]/x',
    'http://[::ffff:169.254.169.254]/x',
    'http://[64:ff9b::169.254.169.254]/x',
    'http://224.0.0.1/x',
  ]) {
    it(`never connects to ${url}`, async () => {
      await assert.rejects(fetched(webSource(url)), { message: /no address for models/ })
    })
  }

  it('looks at the addresses that a name leads to', async () => {
    await using server = await startModelServer(hello)
    const url = `http://models.test:${server.port}/x`
    const open = webSource(url, { folder: '/', allowHttp: true })
    for (const [addresses, message] of [
      [['127.0.0.1'], /at 127\.0\.0\.1, a private address/],
      [['::1', '10.0.0.1'], /at ::1, a private address/],
      [['169.254.169.254'], /"169\.254\.169\.254", which is no address/],
    ] as const) {
      await assert.rejects(fetched(open, leadingTo(addresses)), { code: 'ERR_MODEL', message })
    }
    assert.equal(server.requests.length, 0)
    assert.equal(await textOf(webSource(url), leadingTo(['169.254.169.254', '127.0.0.1'])), 'hello')
  })

  it('looks at them again for every connection: a name may lead elsewhere the second time', async () => {
    await using server = await startModelServer((request, response) => {
      if (request.url === '/b') response.end('hello')
      else response.writeHead(302, { location: '/b' }).end()
    })
    const lookup = leadingTo(['127.0.0.1'], ['169.254.169.254'])
    const source = webSource(`http://models.test:${server.port}/a`)
    await assert.rejects(fetched(source, lookup), { message: /no address for models/ })
    assert.equal(server.requests.length, 1)
  })

  it('says that a name is not known, as what may change', async () => {
    const lookup: Lookup = (_hostname, _options, done) => done(new Error('ENOTFOUND'), [])
    await assert.rejects(fetched(webSource('http://models.test/x'), lookup), {
      code: 'ERR_UNAVAILABLE',
    })
    await assert.rejects(fetched(webSource('http://models.test/x'), leadingTo([])), {
      code: 'ERR_UNAVAILABLE',
    })
  })
})

describe('fetchOnce(), and redirects', () => {
  for (const [title, location] of [
    ['a path', '/b?v=2'],
    ['its own address', 'SELF/b?v=2'],
  ] as const) {
    it(`follows one to ${title}, with all headers`, async () => {
      await using server = await startModelServer((request, response) => {
        if (request.url === '/b?v=2') return void response.end(request.headers.authorization)
        const to = location.replace('SELF', `http://${request.headers.host}`)
        response.writeHead(301, { location: to }).end('elsewhere')
      })
      const source = webSource(`${server.origin}/a`, {
        ...ALLOWED,
        authorization: () => 'Bearer x',
      })
      assert.equal(await textOf(source), 'Bearer x')
    })
  }

  for (const location of [
    'http://elsewhere.test/b',
    'http://localhost:PORT/b',
    'http://127.0.0.1:1/b',
    'https://127.0.0.1:PORT/b',
    '//elsewhere.test/b',
    'file:///etc/passwd',
    'data:,hello',
  ]) {
    it(`does not follow one to ${location}`, async () => {
      await using server = await startModelServer((request, response) => {
        const to = location.replace('PORT', String(request.socket.localPort))
        response.writeHead(307, { location: to }).end()
      })
      await assert.rejects(fetched(webSource(`${server.origin}/a`)), {
        code: 'ERR_MODEL',
        message: /^the server redirects to ".*" \(only its own host is followed\)$/,
      })
      assert.equal(server.requests.length, 1)
    })
  }

  it('follows five of them', async () => {
    await using server = await startModelServer((request, response) => {
      const step = Number(request.url?.slice(1))
      if (step === 5) response.end('hello')
      else response.writeHead(308, { location: `/${step + 1}` }).end()
    })
    assert.equal(await textOf(webSource(`${server.origin}/0`)), 'hello')
    await assert.rejects(fetched(webSource(`${server.origin}/-1`)), /redirects more than 5 times/)
  })
})

describe('fetchOnce(), and TLS', () => {
  it('takes a certificate of a known authority only, and never goes on without TLS', async () => {
    await using plain = await startModelServer(hello)
    const listener: RequestListener = (request, response) => {
      if (request.url === '/hello') response.end('hello')
      else response.writeHead(302, { location: `http://localhost:${plain.port}/` }).end()
    }
    await using server = await startModelServer(listener, { tls: true })
    const source = webSource(`${server.origin}/hello`)
    await assert.rejects(fetched(source), (error: Error) => {
      assert.match(String((error.cause as Error).message), /self[- ]signed certificate/)
      return true
    })
    const known = getCACertificates('default')
    setDefaultCACertificates([...known, CERTIFICATE])
    try {
      assert.equal(await textOf(source), 'hello')
      const away = webSource(`${server.origin}/away`)
      await assert.rejects(fetched(away), /redirects to "http:.*only its own host/)
      const wrongName = webSource(`https://elsewhere.test:${server.port}/hello`)
      await assert.rejects(fetched(wrongName, leadingTo(['127.0.0.1'])), (error: Error) => {
        assert.match(String((error.cause as Error).message), /does not match certificate/)
        return true
      })
    } finally {
      setDefaultCACertificates(known)
    }
    assert.equal(plain.requests.length, 0)
  })
})
