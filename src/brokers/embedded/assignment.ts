/**
 * Who owns each partition, after members joined or left: as even as can be (counts differ by at most
 * one), and a partition stays with its owner unless evenness needs it to move. Undefined without
 * members.
 */
export function assign<Member>(
  owners: readonly (Member | undefined)[],
  members: readonly Member[],
): readonly (Member | undefined)[] {
  if (members.length === 0) return owners.map(() => undefined)
  const least = Math.floor(owners.length / members.length)
  let extra = owners.length % members.length
  const counts = new Map(members.map((member) => [member, 0]))
  const kept = owners.map((owner) => {
    const count = owner === undefined ? undefined : counts.get(owner)
    if (owner === undefined || count === undefined) return undefined
    if (count > least || (count === least && extra === 0)) return undefined
    if (count === least) extra--
    counts.set(owner, count + 1)
    return owner
  })
  return kept.map((owner) => {
    if (owner !== undefined) return owner
    const poorest = members.reduce((a, b) => ((counts.get(b) ?? 0) < (counts.get(a) ?? 0) ? b : a))
    counts.set(poorest, (counts.get(poorest) ?? 0) + 1)
    return poorest
  })
}
