import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { outcomesConfig } from './outcomes-config.ts'

const TOP = { FOGLINE_EXIT_URL: 'http://exit/', FOGLINE_EXIT_METRIC: 'final' }
const BELOW = {
  FOGLINE_EXIT_URL: 'http://exit/',
  FOGLINE_NEXT_URL: 'http://next/',
  FOGLINE_EXIT_METRIC: 'entropy',
  FOGLINE_EXIT_THRESHOLD: '0.25',
}

describe('outcomesConfig()', () => {
  it('is undefined without funnels', () => assert.equal(outcomesConfig({}), undefined))

  it('needs no threshold at the top', () => {
    assert.deepEqual(outcomesConfig(TOP), {
      rule: 'final',
      reading: { from: 'probabilities', temperature: 1 },
      format: 'fogline',
      exitUrl: 'http://exit/',
      timeoutMs: 20_000,
    })
  })

  it('takes a rule, labels and a format', () => {
    const config = outcomesConfig({
      ...BELOW,
      FOGLINE_EXIT_FROM: 'logits',
      FOGLINE_EXIT_TEMPERATURE: '2',
      FOGLINE_LABELS: '["no","yes"]',
      FOGLINE_OUTPUT_FORMAT: 'kafka-ml',
      FOGLINE_FUNNEL_TIMEOUT_MS: '5',
    })
    const reading = { from: 'logits', temperature: 2 }
    assert.deepEqual(config, {
      rule: { metric: 'entropy', threshold: 0.25, ...reading },
      reading,
      labels: ['no', 'yes'],
      format: 'kafka-ml',
      exitUrl: 'http://exit/',
      nextUrl: 'http://next/',
      timeoutMs: 5,
    })
  })

  for (const [what, env] of [
    ['a next one at the top', { ...TOP, FOGLINE_NEXT_URL: 'http://next/' }],
    ['no next one below the top', { ...BELOW, FOGLINE_NEXT_URL: '' }],
    ['no exit', { ...BELOW, FOGLINE_EXIT_URL: '' }],
    ['no metric', { ...BELOW, FOGLINE_EXIT_METRIC: '' }],
    ['no threshold', { ...BELOW, FOGLINE_EXIT_THRESHOLD: '' }],
    ['a threshold beyond 1', { ...BELOW, FOGLINE_EXIT_THRESHOLD: '2' }],
    ['labels that are no list', { ...TOP, FOGLINE_LABELS: '{}' }],
    ['an unknown format', { ...TOP, FOGLINE_OUTPUT_FORMAT: 'xml' }],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => outcomesConfig(env), { code: 'ERR_CONFIG' }))
  }
})
