import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The program as users start it. */
export const FOGLINE: string = fileURLToPath(new URL('../../bin/fogline.js', import.meta.url))

/** The digits example. */
export const DIGITS: string = fileURLToPath(new URL('../../examples/digits', import.meta.url))

/** What a command printed and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Copies of models are kept beside what the command works on, not in the user's own cache. */
function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, FOGLINE_CACHE: join(folder, '.cache') }
}

/** A command that is cut off after this has failed. */
const COMMAND_TIME_MAX_MS = 120_000

/** Runs `fogline` to its end. */
export async function fogline(args: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(process.execPath, [FOGLINE, ...args], {
    cwd,
    env: environment(cwd),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_TIME_MAX_MS,
  })
  const exited = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = (await exited) as [number | null]
  return { code, stdout, stderr }
}

/** Starts `fogline`, to be killed in the middle of its work; `kill` resolves once it is gone. */
export function killableFogline(args: readonly string[], cwd: string): { kill(): Promise<void> } {
  const child = spawn(process.execPath, [FOGLINE, ...args], {
    cwd,
    env: environment(cwd),
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** A running `fogline up`. */
export interface Up extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Sends a signal and waits for the end; resolves with the exit code. */
  end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<number | null>
}

/** A start on two busy cores takes a second or two. */
const START_TIME_MAX_MS = 60_000
const ASK_EVERY_MS = 20

/**
 * Starts `fogline up` in `folder`; resolves once every tier consumes. Port 0 takes the free one that
 * the program names.
 */
export async function startUp(
  folder: string,
  port: number,
  args: readonly string[] = [],
): Promise<Up> {
  const child = spawn(process.execPath, [FOGLINE, 'up', '--port', String(port), ...args], {
    cwd: folder,
    env: environment(folder),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (part: string) => log.push(part))
  const endMs = performance.now() + START_TIME_MAX_MS
  for (;;) {
    const url = /door=(http:\S+)/.exec(log.join(''))?.[1]
    if (url && (await isHealthy(url))) {
      const end = async (signal: NodeJS.Signals) => {
        child.kill(signal)
        const [code] = (await exited) as [number | null]
        return code
      }
      const kill = async () => void (await end('SIGKILL'))
      return { url, pid: child.pid ?? Number.NaN, end, [Symbol.asyncDispose]: kill }
    }
    if (child.exitCode !== null || performance.now() > endMs) {
      child.kill('SIGKILL')
      throw new Error(`fogline up did not start: ${log.join('')}`)
    }
    await sleep(ASK_EVERY_MS)
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** A path in the digits example. */
export function digitsFile(...path: readonly string[]): string {
  return join(DIGITS, ...path)
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    (answer) => answer.ok,
    () => false,
  )
}
