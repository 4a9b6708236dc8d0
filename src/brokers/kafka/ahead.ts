import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { OffsetRange } from '../../core/broker.ts'

/** What a commit's metadata may have, by the broker's default (`offset.metadata.max.bytes`). */
const METADATA_CHARACTERS_MAX = 4_096

/** Before a text of ours; another version would have another. */
const MARK = 'fogline1:'

/** Offsets beyond `next` that are remembered: more than a connector takes beyond the first gap. */
const SPAN_MAX = 20_000

/**
 * The offsets that are finished beyond `next`, as text for a commit's metadata: a bit an offset,
 * deflated, base64. What lies beyond the limits is left out: it is given again after a restart.
 */
export function aheadToText(next: number, ahead: readonly OffsetRange[]): string {
  const last = ahead.reduce((max, { end }) => Math.max(max, end), next)
  let span = Math.min(SPAN_MAX, last - next)
  while (span > 0) {
    const text = MARK + deflateRawSync(bitsOf(next, ahead, span), { level: 1 }).toString('base64')
    if (text.length <= METADATA_CHARACTERS_MAX) return text
    span >>= 1
  }
  return ''
}

/** The ranges in a commit's metadata; none where it is not ours. */
export function aheadFromText(
  next: number,
  text: string | null | undefined,
): readonly OffsetRange[] {
  if (!text?.startsWith(MARK)) return []
  const deflated = Buffer.from(text.slice(MARK.length), 'base64')
  return rangesOf(next, inflated(deflated))
}

function bitsOf(next: number, ahead: readonly OffsetRange[], span: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(span / 8))
  for (const { start, end } of ahead) {
    const last = Math.min(end - next, span)
    for (let at = start - next; at < last; at++)
      bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7))
  }
  return bits
}

function inflated(deflated: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(deflated, { maxOutputLength: SPAN_MAX / 8 })
  } catch {
    // Not what we wrote: nothing is known to be finished, so all is given again.
    return new Uint8Array()
  }
}

function rangesOf(next: number, bits: Uint8Array): OffsetRange[] {
  const ranges: OffsetRange[] = []
  let start: number | undefined
  for (let at = 0; at <= bits.length * 8; at++) {
    const isSet = ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
    if (isSet) start ??= next + at
    else if (start !== undefined) {
      ranges.push({ start, end: next + at })
      start = undefined
    }
  }
  return ranges
}
