import type { HttpCall } from '../std/http-client.ts'

/** One call of a function, as the gateway hands it on; its answer is whatever the replica says. */
export interface Invocation {
  readonly method: HttpCall['method']
  /** At the replica, with its query: `/v2/models/edge/infer`. */
  readonly path: string
  /** Without those of the connection itself. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The caller has gone: takes the invocation out of the queue. At a replica it runs to its end. */
  readonly signal?: AbortSignal
}
