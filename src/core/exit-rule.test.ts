import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  certainty,
  type ExitFrom,
  type ExitMetric,
  type ExitRule,
  exits,
  probabilities,
} from './exit-rule.ts'

const METRICS: readonly ExitMetric[] = ['confidence', 'entropy', 'margin']
const FROMS: readonly ExitFrom[] = ['probabilities', 'logits', 'sigmoid']

/** Sums in another order differ in their last bits; no comparison here is finer. */
const ROUNDING = 1e-6

const metric = fc.constantFrom(...METRICS)
const unit = fc.double({ min: 0, max: 1, noNaN: true })
const temperature = fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 20, noNaN: true }))
const logits = fc
  .array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 20 })
  .map((values) => Float32Array.from(values))
const distribution = logits.map((values) => given(values, { from: 'logits', temperature: 1 }))
const rule = fc.record({ metric, threshold: unit, from: fc.constantFrom(...FROMS), temperature })

function given(
  values: Float32Array,
  options: Pick<ExitRule, 'from' | 'temperature'>,
): Float32Array {
  const result = probabilities(values, options)
  assert.ok(result)
  return result
}

function ruleOf(fields: Partial<ExitRule>): ExitRule {
  return { metric: 'confidence', threshold: 0.8, from: 'probabilities', temperature: 1, ...fields }
}

describe('exits()', () => {
  for (const [title, values, from] of [
    ['NaN', [Number.NaN, 0.1, 0.9], 'probabilities'],
    ['all NaN', [Number.NaN, Number.NaN], 'logits'],
    ['infinity', [Infinity, 0], 'probabilities'],
    ['infinite logits', [Infinity, 0, 0], 'logits'],
    ['negative infinity', [-Infinity, 0], 'logits'],
    ['an empty prediction', [], 'probabilities'],
    ['empty logits', [], 'logits'],
    ['an empty sigmoid', [], 'sigmoid'],
    ['one class', [1], 'probabilities'],
    ['one logit', [9], 'logits'],
    ['two units of a sigmoid', [0.1, 0.9], 'sigmoid'],
    ['a sigmoid above 1', [1.5], 'sigmoid'],
    ['a sigmoid below 0', [-0.5], 'sigmoid'],
    ['a NaN sigmoid', [Number.NaN], 'sigmoid'],
    ['a sum above 1', [0.9, 0.9], 'probabilities'],
    ['a sum below 1', [0.1, 0.1], 'probabilities'],
    ['zeros', [0, 0, 0], 'probabilities'],
    ['a negative probability', [-0.5, 1.5], 'probabilities'],
  ] as const) {
    it(`is false for ${title}, whatever the metric and threshold`, () => {
      for (const metric of METRICS) {
        for (const threshold of [0, 0.5, 1]) {
          const loosest = ruleOf({ metric, threshold, from })
          assert.equal(exits(Float32Array.from(values), loosest), false)
        }
      }
    })
  }

  it('never throws, and is false wherever a value is not finite', () => {
    const hostile = fc.array(fc.float(), { maxLength: 12 })
    fc.assert(
      fc.property(hostile, rule, (values, anyRule) => {
        const left = exits(Float32Array.from(values), anyRule)
        if (!values.every(Number.isFinite)) assert.equal(left, false)
      }),
    )
  })

  it('is monotone in the threshold: a stricter rule lets no more samples leave', () => {
    fc.assert(
      fc.property(distribution, metric, unit, unit, (values, metric, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const [loose, strict] = metric === 'entropy' ? [high, low] : [low, high]
        if (exits(values, ruleOf({ metric, threshold: strict }))) {
          assert.ok(exits(values, ruleOf({ metric, threshold: loose })))
        }
      }),
    )
  })

  it('lets everything leave at the loosest threshold', () => {
    fc.assert(
      fc.property(distribution, metric, (values, metric) => {
        assert.ok(exits(values, ruleOf({ metric, threshold: metric === 'entropy' ? 1 : 0 })))
      }),
    )
  })

  it('is true for a certain prediction at the strictest threshold', () => {
    for (const metric of METRICS) {
      const threshold = metric === 'entropy' ? 0 : 1
      assert.ok(exits(Float32Array.of(0, 1, 0), ruleOf({ metric, threshold })))
    }
  })

  it('reaches its threshold from below: equal is enough', () => {
    const even = Float32Array.of(0.5, 0.25, 0.25)
    assert.ok(exits(even, ruleOf({ metric: 'confidence', threshold: 0.5 })))
    assert.ok(exits(even, ruleOf({ metric: 'margin', threshold: 0.25 })))
    assert.ok(!exits(even, ruleOf({ metric: 'confidence', threshold: 0.5001 })))
  })

  it('is false for a threshold that is not a number', () => {
    for (const metric of METRICS) {
      assert.ok(!exits(Float32Array.of(0, 1), ruleOf({ metric, threshold: Number.NaN })))
    }
  })
})

describe('certainty()', () => {
  it('lies in 0..1 for everything that probabilities() gives', () => {
    const from = fc.constantFrom(...FROMS)
    const raw = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 12 })
    const almost = fc
      .tuple(distribution, fc.double({ min: 0.992, max: 1.008, noNaN: true }))
      .map(([values, scale]) => Array.from(values, (value) => value * scale))
    fc.assert(
      fc.property(fc.oneof(raw, almost), from, temperature, metric, (raw, from, t, metric) => {
        const values = probabilities(Float32Array.from(raw), { from, temperature: t })
        if (!values) return
        const measure = certainty(values, metric)
        assert.ok(measure >= 0 && measure <= 1, `${metric} of ${values} is ${measure}`)
      }),
    )
  })

  it('does not depend on the order of the classes', () => {
    const shuffled = distribution.chain((values) =>
      fc.tuple(
        fc.constant(values),
        fc.shuffledSubarray([...values], { minLength: values.length, maxLength: values.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, metric, unit, ([values, mixed], metric, threshold) => {
        const other = Float32Array.from(mixed)
        const measure = certainty(values, metric)
        assert.ok(Math.abs(measure - certainty(other, metric)) <= ROUNDING)
        if (Math.abs(measure - threshold) <= ROUNDING) return
        const rule = ruleOf({ metric, threshold })
        assert.equal(exits(values, rule), exits(other, rule))
      }),
    )
  })

  it('has normalised entropy 1 for a uniform distribution and 0 for a certain one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1000 }), (classes) => {
        const uniform = new Float32Array(classes).fill(1 / classes)
        assert.ok(Math.abs(certainty(uniform, 'entropy') - 1) <= 1e-4)
        const certain = new Float32Array(classes)
        certain[classes - 1] = 1
        assert.equal(certainty(certain, 'entropy'), 0)
      }),
    )
  })

  it('is margin <= confidence', () => {
    fc.assert(
      fc.property(distribution, (values) => {
        assert.ok(certainty(values, 'margin') <= certainty(values, 'confidence'))
      }),
    )
  })
})

describe('probabilities()', () => {
  it('makes logits a distribution that keeps their order', () => {
    fc.assert(
      fc.property(logits, temperature, (values, temperature) => {
        const result = given(values, { from: 'logits', temperature })
        const sum = result.reduce((total, value) => total + value, 0)
        assert.ok(Math.abs(sum - 1) <= 1e-5)
        const top = result[values.indexOf(Math.max(...values))] ?? 0
        assert.ok(result.every((value) => value <= top))
      }),
    )
  })

  it('is less sure the higher the temperature is', () => {
    fc.assert(
      fc.property(logits, temperature, temperature, (values, a, b) => {
        const [cool, warm] = [Math.min(a, b), Math.max(a, b)]
        const at = (temperature: number) =>
          certainty(given(values, { from: 'logits', temperature }), 'confidence')
        assert.ok(at(warm) <= at(cool) + ROUNDING)
      }),
    )
  })

  it('divides probabilities by a temperature as it would their logits', () => {
    const mild = fc
      .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 10 })
      .map((values) => Float32Array.from(values))
    fc.assert(
      fc.property(mild, fc.double({ min: 0.5, max: 4, noNaN: true }), (values, temperature) => {
        const direct = given(values, { from: 'logits', temperature })
        const first = given(values, { from: 'logits', temperature: 1 })
        const second = given(first, { from: 'probabilities', temperature })
        for (const [index, value] of direct.entries()) {
          assert.ok(Math.abs(value - (second[index] ?? Number.NaN)) <= 1e-4)
        }
      }),
    )
  })

  it('reads one sigmoid unit as the probability of class 1', () => {
    const options = { from: 'sigmoid', temperature: 1 } as const
    assert.deepEqual(probabilities(Float32Array.of(0.25), options), Float32Array.of(0.75, 0.25))
    assert.deepEqual(probabilities(Float32Array.of(0), options), Float32Array.of(1, 0))
    assert.deepEqual(probabilities(Float32Array.of(1), options), Float32Array.of(0, 1))
  })
})
