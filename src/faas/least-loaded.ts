/** The least loaded of `replicas`, so that one slow call blocks none; undefined where all are full. */
export function leastLoaded<T extends { readonly inFlight: number }>(
  replicas: readonly T[],
  inFlightMax: number,
): T | undefined {
  let least: T | undefined
  for (const replica of replicas) {
    if (replica.inFlight < (least?.inFlight ?? inFlightMax)) least = replica
  }
  return least
}
