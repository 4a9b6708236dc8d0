import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isFoglineError } from '../std/errors.ts'
import { ruleFromParameters, ruleToParameters, type TierRule } from './tier-rule.ts'

const rule: fc.Arbitrary<TierRule> = fc.oneof(
  fc.constant('final' as const),
  fc
    .record({
      metric: fc.constantFrom('confidence', 'entropy', 'margin'),
      threshold: fc.double({ min: 0, max: 1, noNaN: true }),
      from: fc.constantFrom('probabilities', 'logits', 'sigmoid'),
      temperature: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    })
    .map((fields) => ({ ...fields })),
)

describe('ruleFromParameters()', () => {
  it('reads what ruleToParameters() wrote', () => {
    fc.assert(
      fc.property(rule, (rule) => {
        assert.deepEqual(ruleFromParameters(ruleToParameters(rule)), rule)
      }),
    )
  })

  it('is undefined where no rule is asked for', () => {
    assert.equal(ruleFromParameters({}), undefined)
    assert.equal(ruleFromParameters({ sequence_id: 3 }), undefined)
  })

  it('takes plain probabilities unless told otherwise', () => {
    assert.deepEqual(ruleFromParameters({ exit_metric: 'margin', exit_threshold: 0.3 }), {
      metric: 'margin',
      threshold: 0.3,
      from: 'probabilities',
      temperature: 1,
    })
  })

  for (const [title, parameters] of [
    ['an unknown metric', { exit_metric: 'luck', exit_threshold: 0.5 }],
    ['a metric that is a number', { exit_metric: 1, exit_threshold: 0.5 }],
    ['no threshold', { exit_metric: 'confidence' }],
    ['a threshold above 1', { exit_metric: 'confidence', exit_threshold: 1.01 }],
    ['a threshold below 0', { exit_metric: 'confidence', exit_threshold: -0.01 }],
    ['a threshold in quotes', { exit_metric: 'confidence', exit_threshold: '0.5' }],
    ['an unknown origin', { exit_metric: 'margin', exit_threshold: 0.5, exit_from: 'guess' }],
    ['a temperature of 0', { exit_metric: 'margin', exit_threshold: 0.5, exit_temperature: 0 }],
    ['a threshold without a metric', { exit_threshold: 0.5 }],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(
        () => ruleFromParameters(parameters),
        (error) => isFoglineError(error, 'ERR_REQUEST'),
      )
    })
  }
})
