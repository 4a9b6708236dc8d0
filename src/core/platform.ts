/** A place that runs functions. */
export interface Platform {
  /** Creates or updates; resolves once a replica is available (or none is asked for). */
  deploy(spec: FunctionSpec): Promise<FunctionStatus>
  /** Drains and deletes; resolves when its last replica has ended. */
  remove(name: string): Promise<void>
  scale(name: string, replicas: number): Promise<void>
  list(): Promise<readonly FunctionStatus[]>
}

/** A named deployable. */
export interface FunctionSpec {
  /** Lower-case letters, digits and `-`, at most 63 characters (a DNS label, RFC 1123). */
  readonly name: string
  /** Which code: the base name of its `*.main.ts`, as `inference`. */
  readonly code: FunctionCode
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly scaling: ScalingRule
  /** How a replica is kept apart from others; platforms with containers ignore it. */
  readonly isolation: Isolation
  /** One invocation may take this long before it fails as retryable. */
  readonly timeoutMs: number
}

/** The functions that Fogline ships. */
export type FunctionCode = 'inference' | 'funnel'

/** Worker threads share a process: quick and small. Processes survive each other's crashes. */
export type Isolation = 'thread' | 'process'

/** Between which bounds, and by what, a function's replicas follow its load. */
export interface ScalingRule {
  /** 0 lets it scale to zero. */
  readonly minReplicas: number
  readonly maxReplicas: number
  /** Invocations that one replica works on at a time; what is beyond waits or starts another. */
  readonly targetConcurrency: number
  /** A replica that was idle for so long ends, down to `minReplicas`. */
  readonly idleTimeoutMs: number
}

/** A function as its platform sees it now. */
export interface FunctionStatus {
  readonly name: string
  /** Base address for invocations, without a trailing slash: `http://127.0.0.1:8470/function/digits-edge`. */
  readonly url: string
  readonly replicas: number
  readonly availableReplicas: number
  readonly coldStarts: number
  /** Of the latest cold start; absent before the first. */
  readonly coldStartMs?: number
}
