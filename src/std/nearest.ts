/** Longer words are compared by their beginnings: the cost is the product of both lengths. */
const CHARACTERS_MAX = 64

/**
 * The one of `candidates` that `word` was most likely meant to be, or undefined if none is near:
 * nearer than one edit in three of its characters. An edit inserts, deletes or replaces one
 * character, or swaps two neighbours (optimal string alignment); case does not matter.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best && bestDistance <= Math.max(1, best.length / 3) ? best : undefined
}

function editDistance(left: string, right: string): number {
  const from = left.slice(0, CHARACTERS_MAX)
  const to = right.slice(0, CHARACTERS_MAX)
  let beforePrevious: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const replaced = (previous[column - 1] ?? 0) + (same ? 0 : 1)
      const deleted = (previous[column] ?? 0) + 1
      const inserted = (current[column - 1] ?? 0) + 1
      const swapped = swap ? (beforePrevious[column - 2] ?? Infinity) + 1 : Infinity
      current.push(Math.min(replaced, deleted, inserted, swapped))
    }
    beforePrevious = previous
    previous = current
  }
  return previous[to.length] ?? 0
}
