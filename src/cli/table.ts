import { stripVTControlCharacters } from 'node:util'

/** Cells under a heading: numbers stand at the right. */
export type Cell = string | number

/**
 * Lines of aligned columns, two spaces apart, headings first; each ends with a line feed. Texts of
 * columns in `right` stand at the right as numbers do: sizes, times.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: readonly string[] = [],
): string {
  const texts = rows.map((row) => row.map(String))
  const widths = headings.map((heading, column) =>
    Math.max(width(heading), ...texts.map((row) => width(row[column] ?? ''))),
  )
  const isRight = headings.map((heading, column) => {
    return right.includes(heading) || rows.some((row) => typeof row[column] === 'number')
  })
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => pad(cell, { width: widths[column] ?? 0, right: isRight[column] }))
      .join('  ')
      .trimEnd()
  return [line(headings), ...texts.map(line)].map((text) => `${text}\n`).join('')
}

/** `[n, 28, 28, 1]`: a shape for people, n for any size. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.map((size) => (size === -1 ? 'n' : size)).join(', ')}]`
}

/** `1.2 ms`, `340 ms`, `2.5 s`; a dash for what was not measured. */
export function durationText(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return '-'
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`
}

/** `512 B`, `17 kB`, `4.2 MB`: bytes in powers of 1000. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3))
  const scaled = bytes / 1000 ** power
  return `${scaled < 10 ? scaled.toFixed(1) : scaled.toFixed(0)} ${['', 'kB', 'MB', 'GB'][power]}`
}

/** `7840`, `984 thousand`, `301 million`: a large number to be read, not counted with. */
export function countText(count: number): string {
  if (count < 10_000) return String(count)
  const power = Math.min(3, Math.floor(Math.log10(count) / 3))
  const scaled = count / 1000 ** power
  return `${scaled < 10 ? scaled.toFixed(1) : scaled.toFixed(0)} ${['', 'thousand', 'million', 'billion'][power]}`
}

/** `62.5 %` of `whole`; a dash where that is zero. */
export function shareText(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}

function pad(text: string, to: { readonly width: number; readonly right: boolean | undefined }) {
  const space = ' '.repeat(Math.max(0, to.width - width(text)))
  return to.right ? space + text : text + space
}
