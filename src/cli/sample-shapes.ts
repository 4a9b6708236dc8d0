import { FoglineError } from '../std/errors.ts'

/**
 * Shapes of samples as on a command line, `50,9` or `NAME=50,9`, by the name of the input; '' stands for
 * any. Throws ERR_ARGUMENT for what is no shape.
 */
export function sampleShapes(texts: readonly string[]): ReadonlyMap<string, readonly number[]> {
  return new Map(
    texts.map((text) => {
      const equals = text.lastIndexOf('=')
      const sizes = text.slice(equals + 1).split(',')
      if (!sizes.every((size) => SIZE.test(size))) {
        throw new FoglineError(
          `Cannot use --shape ${text}: it is no shape (expected 50,9 or NAME=50,9)`,
          {
            code: 'ERR_ARGUMENT',
          },
        )
      }
      return [text.slice(0, Math.max(0, equals)), sizes.map(Number)]
    }),
  )
}

/** Of one axis of a sample: beyond a million, memory ends. */
const SIZE = /^[1-9]\d{0,6}$/
