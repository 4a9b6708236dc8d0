import { readFile } from 'node:fs/promises'
import { rawField } from '../formats/python-json.ts'
import { FoglineError } from '../std/errors.ts'
import { settingsFromJson } from '../std/settings.ts'
import { type Environment, optional } from './environment.ts'

/**
 * `env` with what the file at FOGLINE_FISSION_CONFIG says, if there is one: the JSON that the
 * prototype's functions read on Fission, `{"model", "exit": {"url"}, "next": {"url", "confidence"}}` or
 * `{"topic", "producer"}`, as the variables that stand for it elsewhere; those of `env` win.
 * Throws ERR_CONFIG.
 */
export async function withFissionFile(env: Environment): Promise<Environment> {
  const path = optional(env, 'FOGLINE_FISSION_CONFIG')
  if (path === undefined) return env
  const json = await readFile(path, 'utf8').catch((cause) => {
    throw new FoglineError(`Cannot read "${path}"`, { code: 'ERR_CONFIG', cause })
  })
  const file = settingsFromJson(json, `"${path}"`)
  const next = file.inner('next')
  const said = {
    MODEL: file.text('model'),
    EXIT_URL: file.inner('exit')?.text('url'),
    NEXT_URL: next?.text('url'),
    NEXT_CONFIDENCE: next?.number('confidence')?.toString(),
    FUNNEL_TOPIC: file.text('topic'),
    FUNNEL_PRODUCER: rawField(json, 'producer'),
  }
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '')
  return { ...said, ...Object.fromEntries(set) }
}
