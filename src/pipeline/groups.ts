/** Whose tier: names of groups are unique on a broker, which several pipelines may share. */
export interface TierOf {
  readonly pipeline: string
  readonly tier: string
}

/** The group of a tier's connector. */
export function connectorGroup({ pipeline, tier }: TierOf): string {
  return `${pipeline}-${tier}`
}

/** The group whose progress says which of a tier's dead letters are handled. */
export function deadLetterGroup({ pipeline, tier }: TierOf): string {
  return `${pipeline}-${tier}-dlq`
}
