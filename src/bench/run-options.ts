import type { Delay } from '../std/delay.ts'

/** What a measurement runs over. */
export interface RunOptions {
  readonly images: readonly Uint8Array[]
  /** Digits to send; the images are taken again and again. */
  readonly digits: number
  readonly delay: Delay
  readonly signal: AbortSignal
}
