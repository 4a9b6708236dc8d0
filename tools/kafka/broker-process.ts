import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { FoglineError } from '../../src/std/errors.ts'
import { brokersOf } from './brokers-of.ts'
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
const ASK_EVERY_MS = 20

/** A broker that takes leave waits for others, who may be gone; then it is killed. */
const STOP_TIME_MAX_MS = 20_000

const LONG_LIVED_HEAP_MAX_MB = 512

/** What is kept of a broker's log, to say why it did not start. */
const LOG_CHARACTERS_MAX = 10_000

/** Starts a broker whose folder is formatted; resolves once its cluster counts it in (ERR_UNAVAILABLE). */
export async function startBrokerProcess(start: BrokerStart): Promise<BrokerProcess> {
  const child = startJava({
    main: 'kafka.Kafka',
    args: [propertiesFileOf(start.place)],
    log: 'warn',
    ...(start.isLongLived && { isLongLived: true, heapMaxMb: LONG_LIVED_HEAP_MAX_MB }),
  })
  const { id, ports } = start.place
  const exited = once(child, 'exit')
  const log = tailOf(child)
  if (child.pid === undefined) await exited
  const release = leash(child, start.clusterFolder)
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIME_MAX_MS)
    await exited
    clearTimeout(timer)
    release()
  }
  const giveUpAtMs = performance.now() + START_TIME_MAX_MS
  // It takes connections a moment before its cluster counts it in: only then topics find it.
  while (!(await brokersOf(ports.internal)).includes(id)) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > giveUpAtMs) {
      await stop('SIGKILL')
      throw new FoglineError(`Cannot start a Kafka broker: ${log()}`, { code: 'ERR_UNAVAILABLE' })
    }
    await sleep(ASK_EVERY_MS)
  }
  return { stop }
}

function tailOf(child: ChildProcess): () => string {
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      tail = (tail + part).slice(-LOG_CHARACTERS_MAX)
    })
  }
  return () => tail
}
