import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { FoglineError } from '../../src/std/errors.ts'
import { startJava } from './java.ts'
import { leash } from './leash.ts'
import { type BrokerPlace, propertiesFileOf } from './settings.ts'

/** A broker that is up. */
export interface BrokerProcess {
  /** Sends `signal` and waits for the end. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** What to start. */
export interface BrokerStart {
  readonly place: BrokerPlace
  /** Removed, if this process dies before the broker was stopped. */
  readonly clusterFolder: string
  readonly isLongLived: boolean
}

/** Two to four seconds on a free machine; the rest is for one whose cores are all busy. */
const START_TIME_MAX_MS = 90_000

/** A broker that takes leave waits for others, who may be gone; then it is killed. */
const STOP_TIME_MAX_MS = 20_000

const LONG_LIVED_HEAP_MAX_MB = 512

/** What is kept of a broker's log, to say why it did not start. */
const LOG_CHARACTERS_MAX = 10_000

/** Starts a broker whose folder is formatted; resolves once it serves clients (ERR_UNAVAILABLE). */
export async function startBrokerProcess(start: BrokerStart): Promise<BrokerProcess> {
  const child = startJava({
    main: 'kafka.Kafka',
    args: [propertiesFileOf(start.place)],
    log: 'warn',
    ...(start.isLongLived && { isLongLived: true, heapMaxMb: LONG_LIVED_HEAP_MAX_MB }),
  })
  const exited = once(child, 'exit')
  if (child.pid === undefined) await exited
  const release = leash(child, start.clusterFolder)
  const kill = (afterMs: number) => setTimeout(() => child.kill('SIGKILL'), afterMs)
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const timer = kill(STOP_TIME_MAX_MS)
    await exited
    clearTimeout(timer)
    release()
  }
  const timer = kill(START_TIME_MAX_MS)
  const log = logOf(child)
  const isUp = await Promise.race([log.started.then(() => true), exited.then(() => false)])
  clearTimeout(timer)
  if (isUp) return { stop }
  release()
  throw new FoglineError(`Cannot start a Kafka broker: ${log.tail()}`, { code: 'ERR_UNAVAILABLE' })
}

// Connections are taken earlier: before all listeners are there, before topics find the broker.
const STARTED = 'Kafka Server started'

function logOf(child: ChildProcess) {
  const { promise: started, resolve } = Promise.withResolvers<void>()
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      tail = (tail + part).slice(-LOG_CHARACTERS_MAX)
      if (tail.includes(STARTED)) resolve()
    })
  }
  return { started, tail: () => tail }
}
