import type { HttpAnswer } from '../std/http-client.ts'
import type { Counters } from './counters.ts'
import type { FunctionDefinition } from './definition.ts'
import type { Invocation } from './invocation.ts'
import type { FaasLimits } from './limits.ts'

/** Runs functions as threads or processes of this machine, and lets their number follow the load. */
export interface Faas {
  readonly limits: FaasLimits
  /**
   * Creates a function, or replaces its replicas where the definition has changed; what they have in
   * flight is still answered. Resolves once a replica is available, or at once where `minReplicas` is
   * 0. Throws ERR_CONFIG for a wrong definition, and ERR_FUNCTION with the program's own reason where
   * it does not start: then what was deployed before stays.
   */
  deploy(definition: FunctionDefinition): Promise<void>
  /** Answers what is in flight, then ends every replica; an unknown name is no error. */
  remove(name: string): Promise<void>
  /** Brings a function to so many replicas now; it goes on to follow its load. */
  scale(name: string, replicas: number): Promise<void>
  /** Every function as it is now, by name. */
  list(): readonly FunctionMetrics[]
  /** A replica's answer; undefined where there is no such function. Throws as ReplicaSet.invoke does. */
  invoke(name: string, invocation: Invocation): Promise<HttpAnswer | undefined>
  /** Removes every function, within `drainTimeoutMs`. */
  close(): Promise<void>
}

/** A function in numbers; counts are since it was first deployed. */
export interface FunctionMetrics extends Readonly<Counters> {
  readonly name: string
  /** In rotation and starting. */
  readonly replicas: number
  /** In rotation. */
  readonly availableReplicas: number
  /** Given up after a timeout, and still running. */
  readonly lingeringReplicas: number
  /** Invocations that replicas work on. */
  readonly inFlight: number
  /** Invocations that wait for a replica. */
  readonly queued: number
}
