import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FoglineError } from '../std/errors.ts'
import type { Secret } from '../std/secret.ts'
import type { SecretFile } from './secret-schema.ts'

/** Where references lead. */
export interface SecretOrigin {
  /** What paths are relative to. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A secret, or why there is none; the reason never has any of its text. */
export type ReadSecret =
  | { readonly kind: 'secret'; readonly text: string }
  | { readonly kind: 'missing'; readonly state: string }

/** All public certificate authorities together have a quarter of it. */
const FILE_SIZE_BYTES_MAX = 1024 * 1024

/**
 * The secret that `reference` leads to, read anew at each call. It rejects with ERR_CONFIG, naming its
 * `owner`, as `broker "fog"`, and the variable or file, where there is none.
 */
export function secretOf(
  reference: SecretFile,
  { owner, ...origin }: SecretOrigin & { readonly owner: string },
): Secret {
  return async () => {
    const read = await readSecret(reference, origin)
    if (read.kind === 'secret') return read.text
    throw new FoglineError(`Cannot use ${owner}: ${read.state}`, { code: 'ERR_CONFIG' })
  }
}

/** What a reference leads to now. A line feed that ends a file is not part of the secret. */
export async function readSecret(
  reference: SecretFile,
  { folder, env }: SecretOrigin,
): Promise<ReadSecret> {
  if ('env' in reference) {
    const name = `environment variable "${reference.env}"`
    const text = env[reference.env]
    return text === undefined ? missing(`${name} is not set`) : present(name, text)
  }
  const path = resolve(folder, reference.file)
  const name = `file "${path}"`
  try {
    const found = await stat(path)
    if (!found.isFile()) return missing(`${name} is not a file`)
    if (found.size > FILE_SIZE_BYTES_MAX) {
      return missing(`${name} has ${found.size} bytes (at most ${FILE_SIZE_BYTES_MAX})`)
    }
    return present(name, (await readFile(path, 'utf8')).replace(/\r?\n$/, ''))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return missing(`${name} does not exist`)
    return missing(`${name} cannot be read (${code ?? 'for an unknown reason'})`)
  }
}

function present(name: string, text: string): ReadSecret {
  return text === '' ? missing(`${name} is empty`) : { kind: 'secret', text }
}

function missing(state: string): ReadSecret {
  return { kind: 'missing', state }
}
