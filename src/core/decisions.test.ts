import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFoglineError } from '../std/errors.ts'
import { decisionsOf } from './decisions.ts'
import type { ExitRule } from './exit-rule.ts'
import type { NamedTensor } from './v2/message.ts'

const rule: ExitRule = {
  metric: 'confidence',
  threshold: 0.8,
  from: 'probabilities',
  temperature: 1,
}

function floats(name: string, rowsOf: readonly (readonly number[])[]): NamedTensor {
  const shape = [rowsOf.length, rowsOf[0]?.length ?? 0]
  return { name, datatype: 'FP32', shape, data: Float32Array.from(rowsOf.flat()) }
}

function exited(...flags: readonly number[]): NamedTensor {
  const data = Uint8Array.from(flags)
  return { name: 'exited', datatype: 'BOOL', shape: [flags.length], data }
}

const names = { prediction: 'prediction', features: 'features' }
const three = floats('prediction', [
  [0.5, 0.5],
  [0, 1],
  [0.25, 0.75],
])

/** The decisions in short: `exit 1`, `forward 5`, `refuse`. */
function short(
  outputs: readonly NamedTensor[],
  asked: Parameters<typeof decisionsOf>[1],
): readonly string[] {
  return decisionsOf(outputs, asked).map((decision) => {
    if (decision.kind === 'exit') return `${decision.reason} ${decision.prediction}`
    return decision.kind === 'forward' ? `forward ${decision.features.data}` : 'refuse'
  })
}

describe('decisionsOf() a function that applied the rule', () => {
  it('takes the features of the forwarded samples in order', () => {
    const outputs = [three, exited(0, 1, 0), floats('features', [[5], [6]])]
    assert.deepEqual(short(outputs, { count: 3, rule, names }), [
      'forward 5',
      'confident 0,1',
      'forward 6',
    ])
  })

  it('needs no features where all exit', () => {
    assert.deepEqual(short([three, exited(1, 1, 1)], { count: 3, rule, names }).length, 3)
  })

  it('refuses a sample whose features are not finite', () => {
    const outputs = [three, exited(0, 1, 0), floats('features', [[Infinity], [6]])]
    assert.deepEqual(short(outputs, { count: 3, rule, names })[0], 'refuse')
  })

  it('refuses, at the top, what did not exit', () => {
    const outputs = [
      floats('prediction', [
        [NaN, 0],
        [0, 1],
      ]),
      exited(0, 1),
    ]
    assert.deepEqual(short(outputs, { count: 2, rule: 'final', names }), ['refuse', 'final 0,1'])
  })

  it('never believes an exit with a prediction that is not finite', () => {
    const outputs = [floats('prediction', [[NaN, 0]]), exited(1)]
    assert.deepEqual(short(outputs, { count: 1, rule, names }), ['refuse'])
  })

  for (const [what, outputs] of [
    ['a prediction is missing', [exited(1, 1, 1)]],
    ['features are missing', [three, exited(1, 0, 1)]],
    ['there are too few features', [three, exited(0, 0, 1), floats('features', [[1]])]],
    ['there are too few decisions', [three, exited(1, 1)]],
    ['decisions are no booleans', [three, { ...floats('exited', [[1, 1, 1]]), shape: [3] }]],
    ['the batch is another', [floats('prediction', [[0, 1]]), exited(1, 1, 1)]],
  ] as const) {
    it(`throws ERR_FUNCTION where ${what}`, () => {
      assert.throws(
        () => decisionsOf(outputs, { count: 3, rule, names }),
        (error) => isFoglineError(error, 'ERR_FUNCTION'),
      )
    })
  }
})

describe('decisionsOf() a foreign server', () => {
  const foreign = { prediction: 'softmax', features: 'relu' }

  it('applies the rule to the outputs of the configured names', () => {
    const outputs = [{ ...three, name: 'softmax' }, floats('relu', [[1], [2], [3]])]
    assert.deepEqual(short(outputs, { count: 3, rule, names: foreign }), [
      'forward 1',
      'confident 0,1',
      'forward 3',
    ])
  })

  it('forwards what is not finite if its features are', () => {
    const outputs = [
      floats('softmax', [
        [NaN, 1],
        [NaN, 1],
      ]),
      floats('relu', [[1], [NaN]]),
    ]
    assert.deepEqual(short(outputs, { count: 2, rule, names: foreign }), ['forward 1', 'refuse'])
  })

  it('needs no features at the top', () => {
    const outputs = [
      floats('softmax', [
        [0.5, 0.5],
        [Infinity, 0],
      ]),
    ]
    assert.deepEqual(short(outputs, { count: 2, rule: 'final', names: foreign }), [
      'final 0.5,0.5',
      'refuse',
    ])
  })
})
