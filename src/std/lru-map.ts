/** A map that forgets what was longest not asked for. */
export interface LruMap<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
}

/** An empty map that keeps `max` entries. */
export function lruMap<K, V>(max: number): LruMap<K, V> {
  // A Map keeps the order in which its entries were set.
  const entries = new Map<K, V>()
  const set = (key: K, value: V) => {
    entries.delete(key)
    entries.set(key, value)
    const [oldest] = entries.keys()
    if (entries.size > max && oldest !== undefined) entries.delete(oldest)
  }
  return {
    get: (key) => {
      const value = entries.get(key)
      if (value !== undefined) set(key, value)
      return value
    },
    set,
  }
}
