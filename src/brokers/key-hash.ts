/** Murmur2's multiplier and shift, and the seed that Kafka's clients use. */
const MULTIPLIER = 0x5bd1e995
const SHIFT = 24
const SEED = 0x9747b28c

/**
 * The partition, 0..partitions-1, of records with `key`: the one that Kafka's default partitioner
 * picks, so that a key keeps its partition when a topic moves between brokers.
 */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

/** MurmurHash2 of `bytes` as a signed 32-bit number (org.apache.kafka.common.utils.Utils.murmur2). */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tail = bytes.length & ~3
  let hash = SEED ^ bytes.length
  for (let at = 0; at < tail; at += 4) {
    const word = Math.imul(view.getInt32(at, true), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> SHIFT), MULTIPLIER)
  }
  for (let at = bytes.length - 1; at >= tail; at--) hash ^= view.getUint8(at) << ((at - tail) * 8)
  if (tail < bytes.length) hash = Math.imul(hash, MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}
