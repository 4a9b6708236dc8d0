import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { kafkaClassPath } from './jars.ts'

/** A class of Kafka's jars to run. */
export interface JavaCommand {
  readonly main: string
  readonly args: readonly string[]
  /** Written to its standard input. */
  readonly input?: string | undefined
  /** What Kafka's own log says on standard error; `off` for tools, whose answer is on both. */
  readonly log?: 'off' | 'warn' | undefined
  readonly heapMaxMb?: number | undefined
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
export async function startJava(command: JavaCommand): Promise<ChildProcess> {
  const { main, args, log = 'off', heapMaxMb = HEAP_MAX_MB } = command
  const flags = [
    `-Xmx${heapMaxMb}m`,
    '-XX:+UseSerialGC',
    // A fifth off the start; the second compiler pays only after minutes.
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
    `-Dorg.slf4j.simpleLogger.defaultLogLevel=${log}`,
  ]
  return spawn('java', [...flags, '-cp', await kafkaClassPath(), main, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs a class of Kafka's to its end. */
export async function runJava(command: JavaCommand): Promise<JavaResult> {
  const child = await startJava(command)
  const timer = setTimeout(() => child.kill('SIGKILL'), TOOL_TIME_MAX_MS)
  try {
    const exited = once(child, 'exit')
    child.stdin?.on('error', () => {}).end(command.input ?? '')
    const [[code], stdout, stderr] = await Promise.all([
      exited,
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
    ])
    return { code, stdout, stderr }
  } finally {
    clearTimeout(timer)
  }
}
