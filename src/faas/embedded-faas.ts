import { isDeepStrictEqual } from 'node:util'
import type { Now } from '../std/clock.ts'
import { FoglineError } from '../std/errors.ts'
import type { Log } from '../std/log.ts'
import { Turns } from '../std/turns.ts'
import { processCopy } from './copy-process.ts'
import { threadCopy } from './copy-thread.ts'
import { type Counters, newCounters } from './counters.ts'
import { checkDefinition, checkReplicas, type FunctionDefinition } from './definition.ts'
import type { Faas, FunctionMetrics } from './faas.ts'
import { FAAS_LIMITS, type FaasLimits } from './limits.ts'
import { ReplicaSet } from './replica-set.ts'

/** What an embedded FaaS needs from outside. */
export interface EmbeddedFaasOptions {
  readonly log: Log
  readonly now: Now
  /** Other limits than FAAS_LIMITS. */
  readonly limits?: Partial<FaasLimits>
}

/** Functions at a time; a pipeline has a few a tier. */
const FUNCTIONS_MAX = 100

/** How a copy is started, by isolation. */
const COPIES = { thread: threadCopy, process: processCopy } as const

interface Deployed {
  readonly definition: FunctionDefinition
  readonly counters: Counters
  readonly set: ReplicaSet
}

/** A FaaS inside this process: no server, no containers. It listens nowhere; see gateway.ts. */
export function embeddedFaas(options: EmbeddedFaasOptions): Faas {
  return new EmbeddedFaas(options)
}

class EmbeddedFaas implements Faas {
  readonly limits: FaasLimits
  readonly #options: EmbeddedFaasOptions
  readonly #functions = new Map<string, Deployed>()
  readonly #turns = new Turns()
  readonly #draining = new Set<ReplicaSet>()
  #closed = false

  constructor(options: EmbeddedFaasOptions) {
    this.#options = options
    this.limits = { ...FAAS_LIMITS, ...options.limits }
  }

  async deploy(definition: FunctionDefinition): Promise<void> {
    await checkDefinition(definition)
    await this.#turns.take(definition.name, () => this.#deploy(definition))
  }

  async remove(name: string): Promise<void> {
    await this.#turns.take(name, async () => {
      const deployed = this.#functions.get(name)
      this.#functions.delete(name)
      if (deployed) await this.#drain(deployed.set, this.#patienceMs(deployed))
    })
  }

  async scale(name: string, replicas: number): Promise<void> {
    await this.#turns.take(name, async () => {
      const deployed = this.#functions.get(name)
      if (!deployed) throw failure('scale', name, 'there is no such function')
      checkReplicas(deployed.definition, replicas)
      await deployed.set.scale(replicas)
    })
  }

  list(): readonly FunctionMetrics[] {
    return [...this.#functions.values()].map(metricsOf).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async invoke(...[name, invocation]: Parameters<Faas['invoke']>): ReturnType<Faas['invoke']> {
    return await this.#functions.get(name)?.set.invoke(invocation)
  }

  async close(): Promise<void> {
    this.#closed = true
    const { drainTimeoutMs } = this.limits
    const sets = [...this.#draining, ...[...this.#functions.values()].map(({ set }) => set)]
    this.#functions.clear()
    await Promise.all(sets.map((set) => set.drain(drainTimeoutMs)))
  }

  async #deploy(definition: FunctionDefinition): Promise<void> {
    const { name } = definition
    const before = this.#functions.get(name)
    if (isDeepStrictEqual(before?.definition, definition)) return
    if (this.#closed) throw failure('deploy', name, 'the FaaS is closed')
    if (!before && this.#functions.size >= FUNCTIONS_MAX) {
      throw failure('deploy', name, `there are ${FUNCTIONS_MAX} functions already`)
    }
    const counters = before?.counters ?? newCounters()
    const set = this.#replicaSet(definition, counters)
    try {
      await set.start()
      if (this.#closed) throw failure('deploy', name, 'the FaaS is closed')
    } catch (error) {
      void this.#drain(set, 0)
      throw error
    }
    this.#functions.set(name, { definition, counters, set })
    if (before) void this.#drain(before.set, this.#patienceMs(before))
  }

  #replicaSet(definition: FunctionDefinition, counters: Counters): ReplicaSet {
    const { log, now } = this.#options
    const startCopy = COPIES[definition.isolation]
    return new ReplicaSet({ definition, counters, startCopy, limits: this.limits, log, now })
  }

  /** Every invocation ends within the function's time, so waiting longer is of no use. */
  #patienceMs({ definition }: Deployed): number {
    return definition.timeoutMs + this.limits.drainTimeoutMs
  }

  /** Never rejects; `close` waits for those that nobody else does. */
  async #drain(set: ReplicaSet, timeoutMs: number): Promise<void> {
    this.#draining.add(set)
    await set.drain(timeoutMs)
    this.#draining.delete(set)
  }
}

function metricsOf({ definition, counters, set }: Deployed): FunctionMetrics {
  return {
    name: definition.name,
    ...counters,
    replicas: set.replicas,
    availableReplicas: set.availableReplicas,
    lingeringReplicas: set.lingering,
    inFlight: set.inFlight,
    queued: set.queued,
  }
}

function failure(verb: string, name: string, problem: string): FoglineError {
  return new FoglineError(`Cannot ${verb} function "${name}": ${problem}`, {
    code: 'ERR_ARGUMENT',
  })
}
