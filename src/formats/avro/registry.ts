import { FoglineError, isFoglineError } from '../../std/errors.ts'
import { type HttpAnswer, httpClient } from '../../std/http-client.ts'
import type { Secret } from '../../std/secret.ts'
import { type AvroSchema, parseAvroSchema } from './schema.ts'

/** A schema registry with Confluent's interface, and who asks it. */
export interface RegistryConfig {
  /** With its path, if it has one: `https://registry:8081`. */
  readonly url: string
  /** Both or none: HTTP basic authentication. */
  readonly username?: string | undefined
  readonly password?: Secret | undefined
}

/** Where the schemas of written values are kept, by id. */
export interface SchemaRegistry {
  /**
   * The Avro schema of this id. Throws ERR_TENSOR where the registry has none, or none that can be
   * used; ERR_UNAVAILABLE or ERR_TIMEOUT where it may have one later; the signal's reason where that
   * aborts.
   */
  schema(id: number, signal: AbortSignal): Promise<AvroSchema>
  close(): Promise<void>
}

/** Schemas are asked for once each: a few calls at a time are plenty. */
const CONNECTIONS_MAX = 4
/** A schema of the largest size, all of whose quotes are escaped, and its references. */
const ANSWER_SIZE_BYTES_MAX = 4 * 1024 * 1024
/** A registry has its schemas in memory; one that needs longer is away. */
const CALL_TIMEOUT_MS = 10_000
/** Schemas that one refers to, directly or not; a module of types has a few dozen. */
const REFERENCES_MAX = 100

const ACCEPT = 'application/vnd.schemaregistry.v1+json, application/json'

/** A client of the registry at `config.url`. */
export function schemaRegistry(config: RegistryConfig): SchemaRegistry {
  const { origin, pathname } = new URL(config.url)
  const client = httpClient(origin, {
    connectionsMax: CONNECTIONS_MAX,
    answerSizeBytesMax: ANSWER_SIZE_BYTES_MAX,
  })
  const base = pathname.replace(/\/+$/, '')
  const get: Get = async (path, signal) => {
    const headers = { accept: ACCEPT, ...(await credentials(config)) }
    const call = { method: 'GET', path: `${base}${path}`, headers, signal } as const
    try {
      return registeredIn(await client.request({ ...call, timeoutMs: CALL_TIMEOUT_MS }), path)
    } catch (cause) {
      if (!isFoglineError(cause, 'ERR_LIMIT')) throw cause
      throw unusable(`its answer to ${path} is too large`, cause)
    }
  }
  return {
    schema: async (id, signal) => {
      const { schema, references } = await get(`/schemas/ids/${id}`, signal)
      const texts: string[] = []
      await collectReferences(references, { get, signal, texts, seen: new Set() })
      return parseAvroSchema(schema, texts)
    },
    close: () => client.close(),
  }
}

type Get = (path: string, signal: AbortSignal) => Promise<Registered>

/** A schema as the registry has it. */
interface Registered {
  readonly schema: string
  readonly references: readonly Reference[]
}

interface Reference {
  readonly subject: string
  readonly version: number
}

async function credentials({
  username,
  password,
}: RegistryConfig): Promise<Record<string, string>> {
  if (username === undefined || !password) return {}
  const pair = Buffer.from(`${username}:${await password()}`).toString('base64')
  return { authorization: `Basic ${pair}` }
}

interface Collecting {
  readonly get: Get
  readonly signal: AbortSignal
  readonly texts: string[]
  /** Paths of references that were met; a circle ends there. */
  readonly seen: Set<string>
}

/** Appends the texts of `references`, each behind those that it refers to itself. */
async function collectReferences(
  references: readonly Reference[],
  collecting: Collecting,
): Promise<void> {
  const { get, signal, texts, seen } = collecting
  for (const { subject, version } of references) {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    if (seen.has(path)) continue
    if (seen.size === REFERENCES_MAX)
      throw unusable(`it has more than ${REFERENCES_MAX} references`)
    seen.add(path)
    const registered = await get(path, signal)
    await collectReferences(registered.references, collecting)
    texts.push(registered.schema)
  }
}

function registeredIn({ status, body }: HttpAnswer, path: string): Registered {
  const answer = parsed(body)
  if (status === 200 && typeof answer?.schema === 'string') {
    const { schema, schemaType = 'AVRO', references = [] } = answer
    if (schemaType !== 'AVRO') throw unusable(`its type is ${text(schemaType)} (only AVRO)`)
    if (!Array.isArray(references) || !references.every(isReference)) {
      throw unusable('its references cannot be read')
    }
    return { schema, references }
  }
  if (status === 404 && isVerdict(answer?.error_code)) {
    throw unusable(`the registry does not know it: ${text(answer?.message)}`)
  }
  const said = typeof answer?.message === 'string' ? `: ${text(answer.message)}` : ''
  throw new FoglineError(`Cannot get schema: the registry answers ${status} to ${path}${said}`, {
    code: 'ERR_UNAVAILABLE',
  })
}

/**
 * Whether the registry itself says that there is no such schema, subject or version, by Confluent's
 * codes: a proxy in front of it, or a wrong address, answers 404, too.
 */
function isVerdict(code: unknown): boolean {
  return typeof code === 'number' && code >= 40_400 && code < 40_500
}

function isReference(value: unknown): value is Reference {
  return (
    typeof value === 'object' &&
    value !== null &&
    'subject' in value &&
    typeof value.subject === 'string' &&
    'version' in value &&
    Number.isSafeInteger(value.version)
  )
}

function parsed(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** What a registry says is quoted up to here. */
const QUOTE_CHARACTERS_MAX = 200

function text(value: unknown): string {
  return String(value).slice(0, QUOTE_CHARACTERS_MAX)
}

function unusable(state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot use schema: ${state}`, { code: 'ERR_TENSOR', cause })
}
