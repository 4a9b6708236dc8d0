import assert from 'node:assert/strict'
import { it } from 'node:test'
import { foreignTo } from './foreign.ts'

type Case = readonly [string, string, Record<string, string>, RegExp | undefined]

const cases: readonly Case[] = [
  ['this machine by name', 'GET', { host: 'localhost:8470' }, undefined],
  ['this machine by number', 'POST', { host: '127.0.0.1:8470' }, undefined],
  ['this machine by IPv6', 'POST', { host: '[::1]:1' }, undefined],
  ['this machine without a port', 'GET', { host: 'LocalHost' }, undefined],
  ['another name', 'GET', { host: 'evil.example' }, /host "evil.example"/],
  ['a name that begins alike', 'GET', { host: 'localhost.evil.example' }, /host/],
  ['a name that ends alike', 'GET', { host: 'x@127.0.0.1' }, /host/],
  ['an empty host', 'GET', { host: '' }, /host ""/],
  ['a page of its own', 'POST', { host: 'localhost:1', origin: 'http://localhost:1' }, undefined],
  [
    'a page on another port',
    'POST',
    { host: 'localhost:1', origin: 'http://localhost:2' },
    /origin/,
  ],
  ['a page of nowhere', 'DELETE', { host: 'localhost:1', origin: 'null' }, /origin "null"/],
  ['a foreign page that reads', 'GET', { host: 'localhost:1', origin: 'http://x' }, undefined],
]

for (const [what, method, headers, expected] of cases) {
  it(`foreignTo() ${expected ? 'refuses' : 'allows'} ${what}`, () => {
    const reason = foreignTo(new Request('http://function/', { method, headers }))
    if (expected) assert.match(reason ?? '', expected)
    else assert.equal(reason, undefined)
  })
}

it('foreignTo() goes by the URL where there is no host header', () => {
  assert.equal(foreignTo(new Request('http://127.0.0.1:8470/')), undefined)
  assert.match(foreignTo(new Request('http://example.org/')) ?? '', /example.org/)
})
