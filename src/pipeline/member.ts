/** Kafka's limit on names of members, as of topics, is 249; a function's name has 63 at most. */
const HOST_CHARACTERS_MAX = 150

/**
 * The name by which a group knows a process again that was started anew: `<group>-<host>-<slot>`. Two
 * processes of one host need two slots.
 */
export function memberOf(group: string, host: string, slot: number): string {
  const safe = host.replaceAll(/[^a-zA-Z0-9._-]/g, '-').slice(0, HOST_CHARACTERS_MAX)
  return `${group}-${safe}-${slot}`
}
