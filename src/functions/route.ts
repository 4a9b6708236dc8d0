/** What a path of the Open Inference Protocol V2 asks for. */
export type Route =
  | { readonly kind: 'server' | 'live' | 'ready' }
  | {
      readonly kind: 'model' | 'model-ready' | 'infer'
      readonly model: string
      /** Absent: any. */
      readonly version?: string
    }

/** The method that a route is asked by; HEAD goes wherever GET does. */
export function methodOf(route: Route): 'GET' | 'POST' {
  return route.kind === 'infer' ? 'POST' : 'GET'
}

/** What `path` asks for, without its query; undefined where the protocol has no such path. */
export function routeOf(path: string): Route | undefined {
  const plain = path.endsWith('/') ? path.slice(0, -1) : path
  return FIXED.get(plain) ?? modelRoute(plain)
}

const FIXED: ReadonlyMap<string, Route> = new Map([
  ['/v2', { kind: 'server' }],
  ['/v2/health/live', { kind: 'live' }],
  ['/v2/health/ready', { kind: 'ready' }],
])

const MODEL =
  /^\/v2\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>[^/]+))?(?:\/(?<leaf>ready|infer))?$/

function modelRoute(path: string): Route | undefined {
  const { model, version, leaf } = MODEL.exec(path)?.groups ?? {}
  if (model === undefined) return undefined
  const kind = leaf === undefined ? 'model' : leaf === 'infer' ? 'infer' : 'model-ready'
  try {
    const names = { kind, model: decodeURIComponent(model) } as const
    return version === undefined ? names : { ...names, version: decodeURIComponent(version) }
  } catch {
    // A stray percent sign names nothing.
    return undefined
  }
}
