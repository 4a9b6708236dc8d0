import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Admin } from '@platformatic/kafka'
import { FoglineError } from '../../src/std/errors.ts'
import { startJava } from './java.ts'
import { leash } from './leash.ts'

/** A broker that is up. */
export interface BrokerProcess {
  readonly pid: number
  /** Sends `signal` and waits for the end. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** What to start. */
export interface BrokerStart {
  readonly id: number
  readonly propertiesFile: string
  /** Of a plain listener, to ask whether the broker is up. */
  readonly port: number
  /** Removed, if this process dies before the broker was stopped. */
  readonly folder: string
}

/** Two to four seconds on a free machine; the rest is for one whose cores are all busy. */
const START_TIME_MAX_MS = 90_000
const ASK_EVERY_MS = 20

/** What is kept of a broker's log, to say why it did not start. */
const LOG_CHARACTERS_MAX = 10_000

/** Starts a broker whose folder is formatted; resolves once its cluster counts it in (ERR_UNAVAILABLE). */
export async function startBrokerProcess(start: BrokerStart): Promise<BrokerProcess> {
  const child = await startJava({ main: 'kafka.Kafka', args: [start.propertiesFile], log: 'warn' })
  const exited = once(child, 'exit')
  const log = tailOf(child)
  const { pid } = child
  if (pid === undefined) await exited
  const release = leash(Number(pid), start.folder)
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
    release()
  }
  const giveUpAtMs = performance.now() + START_TIME_MAX_MS
  while (!(await isCountedIn(start.id, start.port))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > giveUpAtMs) {
      await stop('SIGKILL')
      throw new FoglineError(`Cannot start a Kafka broker: ${log()}`, { code: 'ERR_UNAVAILABLE' })
    }
    await sleep(ASK_EVERY_MS)
  }
  return { pid: Number(pid), stop }
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

/** A broker on the way up may take a connection and stay silent. */
const ANSWER_TIME_MAX_MS = 2_000

/** It takes connections a moment before its cluster counts it in: only then topics find it. */
async function isCountedIn(id: number, port: number): Promise<boolean> {
  const admin = new Admin({
    clientId: 'fogline-harness',
    bootstrapBrokers: [`127.0.0.1:${port}`],
    retries: 0,
    timeout: ANSWER_TIME_MAX_MS,
  })
  try {
    const { brokers } = await admin.metadata({})
    return brokers.has(id)
  } catch {
    return false
  } finally {
    await admin.close()
  }
}
