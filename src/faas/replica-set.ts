import { settlesWithin } from '../std/deadline.ts'
import { isFoglineError } from '../std/errors.ts'
import type { HttpAnswer } from '../std/http-client.ts'
import type { Counters } from './counters.ts'
import { desiredReplicas } from './desired-replicas.ts'
import type { Invocation } from './invocation.ts'
import { leastLoaded } from './least-loaded.ts'
import type { Replica } from './replica.ts'
import { Starter, type StarterOptions } from './starter.ts'
import { WaitingLine } from './waiting-line.ts'

/** What a set of replicas is made of. */
export interface ReplicaSetOptions extends StarterOptions {
  /** Outlive the set: a function keeps them when it is deployed anew. */
  readonly counters: Counters
}

/** A set that waits for something other than time is looked at again no more often than this. */
const ALARM_MS_MIN = 10

/** The replicas of one deployment of a function, which follow its load. */
export class ReplicaSet {
  readonly #options: ReplicaSetOptions
  readonly #starter: Starter
  readonly #line: WaitingLine
  /** In rotation. */
  readonly #replicas: Replica[] = []
  #minReplicas: number
  #draining = false
  #alarm: NodeJS.Timeout | undefined

  constructor(options: ReplicaSetOptions) {
    this.#options = options
    this.#starter = new Starter(options)
    this.#line = new WaitingLine(options.definition.name, options.limits)
    this.#minReplicas = options.definition.scaling.minReplicas
  }

  /** Replicas in rotation and starting. */
  get replicas(): number {
    return this.#replicas.length + this.#starter.starting
  }

  get availableReplicas(): number {
    return this.#replicas.length
  }

  /** Replicas that were given up and still run. */
  get lingering(): number {
    return this.#starter.lingering
  }

  get inFlight(): number {
    return this.#replicas.reduce((sum, replica) => sum + replica.inFlight, 0)
  }

  get queued(): number {
    return this.#line.length
  }

  /** Starts what the rule asks for at least; throws the reason where the first ones all fail. */
  async start(): Promise<void> {
    const starts = this.#follow()
    if (starts.length > 0) await Promise.any(starts).catch(firstOf)
  }

  /**
   * Has the least loaded replica work on `invocation`, once one is free. Throws as Replica.invoke
   * does, ERR_LIMIT where too many wait, and ERR_UNAVAILABLE where no replica can be started.
   */
  async invoke(invocation: Invocation): Promise<HttpAnswer> {
    this.#minReplicas = this.#options.definition.scaling.minReplicas
    const replica = this.#line.length === 0 ? this.#free() : undefined
    return await (replica ? this.#run(replica, invocation) : this.#wait(invocation))
  }

  /** Brings the set to so many replicas now; from there on it follows its load again. */
  async scale(replicas: number): Promise<void> {
    this.#minReplicas = replicas
    const excess = this.#replicas.toSorted((a, b) => a.inFlight - b.inFlight)
    const count = Math.max(0, this.#replicas.length - replicas)
    for (const replica of excess.slice(0, count)) this.#retire(replica)
    await Promise.all(this.#follow())
  }

  /** Takes nothing new, answers what it has within `timeoutMs`, and ends every replica. */
  async drain(timeoutMs: number): Promise<void> {
    const { definition, limits, log } = this.#options
    this.#draining = true
    this.#follow()
    if (await settlesWithin(this.#starter.allEnded(), timeoutMs)) return
    log('warn', 'replicas are given up', { function: definition.name, timeoutMs })
    this.#line.failAll('it is being removed')
    this.#starter.abandonAll()
    await settlesWithin(this.#starter.allEnded(), 2 * limits.killGraceMs)
  }

  /** Starts and retires replicas as the load of the moment asks; gives the starts that it began. */
  #follow(): readonly Promise<void>[] {
    const idle = this.#idle()
    const { inFlight, queued, replicas } = this
    const desired = desiredReplicas(
      { inFlight, queued, replicas, idleReplicas: idle.length },
      { ...this.#options.definition.scaling, minReplicas: this.#draining ? 0 : this.#minReplicas },
    )
    for (const replica of idle.slice(0, replicas - desired)) this.#retire(replica)
    const starts: Promise<void>[] = []
    while (this.replicas < desired && !this.#starter.obstacle) starts.push(this.#startOne())
    if (this.replicas === 0) this.#line.failAll(this.#starter.obstacle ?? 'it has no replica')
    this.#setAlarm(this.replicas < desired)
    return starts
  }

  /** Replicas that may end, the longest idle first. */
  #idle(): readonly Replica[] {
    const { idleTimeoutMs } = this.#options.definition.scaling
    const before = this.#draining ? Number.POSITIVE_INFINITY : this.#options.now() - idleTimeoutMs
    return this.#replicas
      .filter(({ idleSince }) => idleSince !== undefined && idleSince <= before)
      .sort((a, b) => (a.idleSince ?? 0) - (b.idleSince ?? 0))
  }

  #startOne(): Promise<void> {
    const start = this.#starter
      .start((replica) => this.#join(replica))
      .catch((error) => {
        this.#follow()
        throw error
      })
    // Whoever waits for the start gets the reason; the invocations get it from the line.
    start.catch(() => {})
    return start
  }

  #join(replica: Replica): void {
    this.#replicas.push(replica)
    void replica.copy.ended.then((reason) => this.#ended(replica, reason))
    this.#serve()
  }

  /** Hands waiting invocations to free replicas. */
  #serve(): void {
    while (this.#line.length > 0) {
      const replica = this.#free()
      if (!replica) break
      this.#line.shift()?.take(replica)
    }
    this.#follow()
  }

  #free(): Replica | undefined {
    return leastLoaded(this.#replicas, this.#options.definition.scaling.targetConcurrency)
  }

  #wait(invocation: Invocation): Promise<HttpAnswer> {
    const { counters, now } = this.#options
    const since = now()
    const availableBefore = this.#starter.started
    return new Promise((resolve, reject) => {
      const take = (replica: Replica) => {
        if (replica.ordinal > availableBefore) {
          counters.coldStarts++
          counters.coldStartMs = now() - since
        }
        resolve(this.#run(replica, invocation))
      }
      this.#line.add({ invocation, take, fail: reject })
      this.#follow()
    })
  }

  async #run(replica: Replica, invocation: Invocation): Promise<HttpAnswer> {
    try {
      const answer = await replica.invoke(invocation)
      this.#starter.backOff.succeeded()
      return answer
    } catch (error) {
      if (isFoglineError(error, 'ERR_TIMEOUT')) this.#timedOut(replica)
      throw error
    } finally {
      this.#serve()
    }
  }

  #timedOut(replica: Replica): void {
    const { counters, definition, log } = this.#options
    counters.timeouts++
    log('warn', 'invocation timed out', { function: definition.name, ms: definition.timeoutMs })
    this.#takeOut(replica)
    replica.abandon()
  }

  #ended(replica: Replica, reason: string): void {
    if (this.#takeOut(replica)) {
      const { counters, definition, log } = this.#options
      counters.crashes++
      log('warn', 'replica ended', { function: definition.name, reason })
      const isUseless = replica.answered === 0 && replica.inFlight === 0
      if (isUseless) this.#starter.backOff.failed(`its replica ended at once (${reason})`)
    }
    this.#serve()
  }

  #retire(replica: Replica): void {
    this.#takeOut(replica)
    // It ends on its own, within its bounds; `drain` waits for every copy.
    void replica.retire()
  }

  /** Whether it was in rotation. */
  #takeOut(replica: Replica): boolean {
    const index = this.#replicas.indexOf(replica)
    if (index >= 0) this.#replicas.splice(index, 1)
    return index >= 0
  }

  /** Looks at the set again when a replica has idled long enough, or a start may be allowed. */
  #setAlarm(isStarved: boolean): void {
    clearTimeout(this.#alarm)
    const { definition, now } = this.#options
    const idleSince = this.#replicas.flatMap((one) => one.idleSince ?? [])
    const mayShrink = idleSince.length > 0 && this.replicas > this.#minReplicas
    if (this.#draining || !(isStarved || mayShrink)) return
    const delayMs = isStarved
      ? this.#starter.backOff.waitMs
      : Math.min(...idleSince) + definition.scaling.idleTimeoutMs - now()
    this.#alarm = setTimeout(() => this.#follow(), Math.max(delayMs, ALARM_MS_MIN)).unref()
  }
}

/** Of several failures the first tells why. */
function firstOf(error: unknown): never {
  throw error instanceof AggregateError ? error.errors[0] : error
}
