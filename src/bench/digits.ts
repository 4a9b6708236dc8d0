import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Handwritten digits and what they are. */
export interface Digits {
  /** Each 28 * 28 bytes, row by row, 0 to 255. */
  readonly images: readonly Uint8Array[]
  /** 0 to 9, one a digit. */
  readonly labels: Uint8Array
}

const DIGIT_SIZE_BYTES = 28 * 28

/** The first `count` digits of the example's folder, at most all 1000. */
export async function readDigits(folder: string, count: number): Promise<Digits> {
  const pixels = await readFile(join(folder, 'digits.u8'))
  const labels = await readFile(join(folder, 'labels.u8'))
  const images = Array.from({ length: Math.min(count, labels.length) }, (_, index) =>
    pixels.subarray(index * DIGIT_SIZE_BYTES, (index + 1) * DIGIT_SIZE_BYTES),
  )
  return { images, labels }
}
