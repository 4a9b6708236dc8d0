import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { kafkaClassPath } from './jars.ts'
import { leash } from './leash.ts'

/** A class of Kafka's jars to run. */
export interface JavaCommand {
  readonly main: string
  readonly args: readonly string[]
  /** Written to its standard input. */
  readonly input?: string
  /** What Kafka's own log says on standard error; `off` for tools, whose answer is on both. */
  readonly log?: 'off' | 'warn'
  readonly heapMaxMb?: number
  /** For minutes of work: the second compiler, too, which costs a fifth of the start. */
  readonly isLongLived?: boolean
}

/** What a command printed and how it ended. */
export interface JavaResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A tool that waits for a broker that is away is ended. */
const TOOL_TIME_MAX_MS = 60_000

const HEAP_MAX_MB = 256

/** Starts a class of Kafka's; apart from our terminal, so that Ctrl-C reaches us alone. */
export function startJava(command: JavaCommand): ChildProcess {
  const { main, args, log = 'off', heapMaxMb = HEAP_MAX_MB, isLongLived = false } = command
  const flags = [
    `-Xmx${heapMaxMb}m`,
    '-XX:+UseSerialGC',
    ...(isLongLived ? [] : ['-XX:TieredStopAtLevel=1']),
    '-Xshare:auto',
    `-Dorg.slf4j.simpleLogger.defaultLogLevel=${log}`,
    '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
  ]
  return spawn('java', [...flags, '-cp', kafkaClassPath(), main, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs a class of Kafka's to its end. */
export async function runJava(command: JavaCommand): Promise<JavaResult> {
  const child = startJava(command)
  const exited = once(child, 'exit')
  if (child.pid === undefined) await exited
  const release = leash(child)
  const timer = setTimeout(() => child.kill('SIGKILL'), TOOL_TIME_MAX_MS)
  try {
    child.stdin?.on('error', () => {}).end(command.input ?? '')
    const [[code], stdout, stderr] = await Promise.all([
      exited,
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
    ])
    return { code, stdout, stderr }
  } finally {
    clearTimeout(timer)
    release()
  }
}
