/** The first cycle in a graph of files, as a path that ends where it began; undefined if there is none. */
export function findCycle(
  graph: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = walk(graph, { path: [start], done })
    if (cycle) return cycle
  }
  return undefined
}

interface Walk {
  readonly path: readonly string[]
  readonly done: Set<string>
}

function walk(
  graph: ReadonlyMap<string, readonly string[]>,
  { path, done }: Walk,
): readonly string[] | undefined {
  const here = path.at(-1) ?? ''
  if (done.has(here)) return undefined
  for (const next of graph.get(here) ?? []) {
    const seen = path.indexOf(next)
    if (seen >= 0) return [...path.slice(seen), next]
    const cycle = walk(graph, { path: [...path, next], done })
    if (cycle) return cycle
  }
  done.add(here)
  return undefined
}
