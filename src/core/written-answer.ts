import { type ErrorCode, FoglineError, messageOf } from '../std/errors.ts'
import { OUTPUT_NAMES } from './decisions.ts'
import { elementCount } from './tensor.ts'
import { listOf } from './v2/json-fields.ts'
import { parseJson } from './v2/json-text.ts'
import type { InferResponse, NamedTensor } from './v2/message.ts'

/** What a function that writes outcomes itself did with a sample. */
export type WrittenSample =
  | { readonly kind: 'written'; readonly as: 'exit' | 'forward' }
  /** Not written: it can never be. */
  | { readonly kind: 'refuse'; readonly error: FoglineError }

/** Says of each sample whether its outcome is durable; [n] BOOL. */
const WRITTEN = 'written'

/** Why samples were refused: JSON, `[[index, code, message], …]`. */
const REFUSALS = 'refusals'

/** Messages are for reading, and many samples may be refused at once. */
const MESSAGE_CHARACTERS_MAX = 1_000

/** `samples` as outputs and parameters of an answer: `exited` and `written`, [n] BOOL each. */
export function writtenAnswer(
  samples: readonly WrittenSample[],
): Pick<InferResponse, 'outputs' | 'parameters'> {
  const flags = (name: string, of: (sample: WrittenSample) => boolean): NamedTensor => {
    const data = Uint8Array.from(samples, (sample) => Number(of(sample)))
    return { name, datatype: 'BOOL', shape: [samples.length], data }
  }
  const refusals = samples.flatMap((sample, index) =>
    sample.kind === 'refuse'
      ? [[index, sample.error.code, messageOf(sample.error).slice(0, MESSAGE_CHARACTERS_MAX)]]
      : [],
  )
  return {
    outputs: [
      flags(OUTPUT_NAMES.exited, (sample) => sample.kind === 'written' && sample.as === 'exit'),
      flags(WRITTEN, ({ kind }) => kind === 'written'),
    ],
    parameters: refusals.length > 0 ? { [REFUSALS]: JSON.stringify(refusals) } : {},
  }
}

/**
 * What a function says that it wrote for `count` samples. Throws ERR_FUNCTION for an answer that does
 * not say so: then nothing counts as written.
 */
export function readWrittenAnswer(
  { outputs, parameters }: Pick<InferResponse, 'outputs' | 'parameters'>,
  count: number,
): readonly WrittenSample[] {
  const exited = flagsOf(outputs, OUTPUT_NAMES.exited, count)
  const written = flagsOf(outputs, WRITTEN, count)
  const reasons = refusalsOf(parameters[REFUSALS])
  return Array.from(written, (flag, index) => {
    if (flag) return { kind: 'written', as: exited[index] ? 'exit' : 'forward' }
    const error = reasons.get(index)
    if (error) return { kind: 'refuse', error }
    throw nonsense(`sample ${index} is neither written nor refused`)
  })
}

function flagsOf(outputs: readonly NamedTensor[], name: string, count: number): Uint8Array {
  const output = outputs.find((candidate) => candidate.name === name)
  if (output?.data instanceof Uint8Array && elementCount(output.shape) === count) return output.data
  throw nonsense(`output "${name}" is missing or has a wrong size (has the function funnels?)`)
}

/** A function refuses what its model spoilt, or what a broker finds too large. */
const CODES: readonly ErrorCode[] = ['ERR_MODEL', 'ERR_LIMIT']

function refusalsOf(text: unknown): ReadonlyMap<number, FoglineError> {
  if (typeof text !== 'string') return new Map()
  try {
    const list = listOf(parseJson(text), { subject: REFUSALS, max: Number.POSITIVE_INFINITY })
    return new Map(
      list.map((item) => {
        const [index, said, message] = listOf(item, { subject: REFUSALS, max: 3 })
        const code = CODES.find((known) => known === said) ?? 'ERR_FUNCTION'
        return [Number(index), new FoglineError(String(message), { code })]
      }),
    )
  } catch (cause) {
    throw nonsense('its refusals cannot be read', cause)
  }
}

function nonsense(state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot read the function's answer: ${state}`, {
    code: 'ERR_FUNCTION',
    cause,
  })
}
