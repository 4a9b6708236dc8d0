import { type ChildProcess, fork } from 'node:child_process'
import { messageOf } from '../std/errors.ts'
import { LISTEN_ENV, STOP } from './announcement.ts'
import { type Copy, type CopyOptions, newLife } from './copy.ts'
import { forwardLines, OutputTail } from './output-lines.ts'

/** What a dead process has printed is read for so long: another may hold its pipes open. */
const LAST_WORDS_MS = 500

/** Starts a copy in a process of its own: it survives other copies' crashes, and they its. */
export function processCopy({ definition, killGraceMs, log }: CopyOptions): Copy {
  const { name, entry, env } = definition
  const life = newLife(name)
  const child = fork(entry, [], {
    env: { ...env, ...LISTEN_ENV },
    execArgv: [],
    // Its own process group: Ctrl-C is for us, and we let it answer what it has. When we are gone,
    // the channel closes, and the program ends by that.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const tail = new OutputTail()
  const print = (line: string) => log('info', line, { function: name })
  if (child.stdout) forwardLines(child.stdout, print)
  if (child.stderr) {
    forwardLines(child.stderr, (line) => {
      tail.add(line)
      print(line)
    })
  }
  child.on('message', life.heard)
  child.on('error', (error) => {
    if (child.pid === undefined) life.over(messageOf(error))
  })
  whenOver(child, (code, signal) => {
    const cause = signal === null ? `exit code ${code}` : `signal ${signal}`
    const words = tail.reason()
    life.over(words && code !== 0 ? `${cause}: ${words}` : cause)
  })
  return {
    listening: life.listening,
    ended: life.ended,
    stop: () => ask(child),
    abandon: () => end(child, killGraceMs),
  }
}

type Over = (code: number | null, signal: NodeJS.Signals | null) => void

function whenOver(child: ChildProcess, over: Over): void {
  child.once('close', over)
  child.once('exit', (code, signal) => {
    setTimeout(over, LAST_WORDS_MS, code, signal).unref()
  })
}

function ask(child: ChildProcess): void {
  // It may be gone already: then nobody has to be asked.
  if (child.connected) child.send(STOP, () => {})
}

function end(child: ChildProcess, graceMs: number): void {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  child.once('exit', () => clearTimeout(timer))
}
