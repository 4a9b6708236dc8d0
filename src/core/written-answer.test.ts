import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FoglineError } from '../std/errors.ts'
import { readWrittenAnswer, type WrittenSample, writtenAnswer } from './written-answer.ts'

const SAMPLES: readonly WrittenSample[] = [
  { kind: 'written', as: 'exit' },
  { kind: 'refuse', error: new FoglineError('Cannot use it: NaN', { code: 'ERR_MODEL' }) },
  { kind: 'written', as: 'forward' },
  { kind: 'refuse', error: new FoglineError('Cannot write it: large', { code: 'ERR_LIMIT' }) },
]

describe('readWrittenAnswer()', () => {
  it('gives what writtenAnswer() was given', () => {
    const read = readWrittenAnswer(writtenAnswer(SAMPLES), 4)
    const plain = (samples: readonly WrittenSample[]) =>
      samples.map((sample) =>
        sample.kind === 'refuse' ? [sample.error.code, sample.error.message] : sample.as,
      )
    assert.deepEqual(plain(read), plain(SAMPLES))
  })

  const { outputs, parameters } = writtenAnswer(SAMPLES)
  for (const [what, answer, count] of [
    ['of a function that writes nothing', { outputs: outputs.slice(0, 1), parameters }, 4],
    ['for another number of samples', { outputs, parameters }, 5],
    ['without the reason of a refusal', { outputs, parameters: {} }, 4],
    ['whose reasons are no JSON', { outputs, parameters: { refusals: '{' } }, 4],
  ] as const) {
    it(`takes nothing for written from an answer ${what}`, () => {
      assert.throws(() => readWrittenAnswer(answer, count), { code: 'ERR_FUNCTION' })
    })
  }
})
