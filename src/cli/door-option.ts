import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Door } from '../ingest/door.ts'
import { DOOR_URL, openDoor } from '../ingest/door-client.ts'
import { type Log, textLog } from '../std/log.ts'
import { readOptions } from './read-options.ts'
import type { Terminal } from './terminal.ts'

/** Which door a command goes through, as its options say. */
export interface DoorChoice {
  readonly url: string
  readonly pipeline?: string
}

/** What a command needs of a door to the brokers themselves. */
export interface DoorNeeds {
  readonly terminal: Terminal
  /** Names of tiers; all of the file where it is empty. */
  readonly tiers: readonly string[]
  /** Whether it sends samples. */
  readonly takesSamples?: boolean
}

/** Adds `--url` and `--pipeline`. */
export function withDoorOptions(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'the door of `fogline up`').default(DOOR_URL))
    .addOption(
      new Option(
        '--pipeline <file>',
        'go to the brokers of this pipeline file themselves, without `fogline up`',
      ).conflicts('url'),
    )
}

/** Opens the door of `choice`, lets `act` use it, and closes it. */
export async function throughDoor(
  choice: DoorChoice,
  needs: DoorNeeds,
  act: (door: Door) => Promise<void>,
): Promise<void> {
  const door = await (choice.pipeline === undefined
    ? openDoor(choice.url)
    : pipelineDoor(choice.pipeline, needs))
  try {
    await act(door)
  } finally {
    await door.close()
  }
}

/** What a door in this process has to say while a command prints: warnings and errors. */
export function doorLog(terminal: Terminal): Log {
  const log = textLog(terminal.err, Date.now)
  return (level, message, fields) => {
    if (level === 'warn' || level === 'error') log(level, message, fields)
  }
}

async function pipelineDoor(
  file: string,
  { terminal, tiers, takesSamples = false }: DoorNeeds,
): Promise<Door> {
  const { readPipeline } = await import('../pipeline/read-pipeline.ts')
  const { openPipelineDoor } = await import('../pipeline/open-door.ts')
  const path = resolve(terminal.cwd, file)
  const pipeline = await readPipeline(path, {
    tiers,
    env: terminal.env,
    withoutModels: !takesSamples,
  })
  const log = doorLog(terminal)
  return openPipelineDoor(pipeline, { log, takesSamples, models: readOptions(terminal) })
}
