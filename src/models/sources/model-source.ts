import { basename, extname, resolve } from 'node:path'
import { FoglineError } from '../../std/errors.ts'
import type { Secret } from '../../std/secret.ts'

/** Where a model is, and what is allowed to get it. */
export type ModelSource = FileSource | WebSource

/** What is said of a model, wherever it is. */
interface Said {
  /** What the file must be, in hexadecimal. */
  readonly sha256?: string
  /** Which function of a SavedModel is the model. */
  readonly signature?: string
}

/** A model in a file. */
export interface FileSource extends Said {
  readonly kind: 'file'
  /** Absolute. */
  readonly path: string
}

/** A model on a server. */
export interface WebSource extends WebRules, Said {
  readonly kind: 'web'
  /** As it was given, but without credentials. */
  readonly address: string
  /** `https:` or `http:`, without credentials. */
  readonly url: string
  /** For people: without what could be a secret. */
  readonly text: string
  /** Whether `url` is that of a trained model at a Kafka-ML back-end. */
  readonly isKafkaMl: boolean
  /** The value of the header `Authorization`, sent to the host of `url` only. */
  readonly authorization?: Secret
}

/** What a server may be. */
export interface WebRules {
  /** Whether it may be asked in clear text. */
  readonly allowHttp: boolean
  /** Whether it may be on this machine or in a private network. */
  readonly allowPrivate: boolean
}

/** What is said of a model besides its address. */
export interface SourceSettings extends Partial<WebRules> {
  /** What paths are relative to. */
  readonly folder: string
  readonly sha256?: string | undefined
  readonly signature?: string | undefined
  readonly authorization?: Secret | undefined
}

/** What an address of a model may be, for people. */
export const MODEL_ALLOWED =
  'the path of a model file, https://HOST/PATH, or kafka-ml+http://HOST:PORT/RESULT'

/** A source, or why there is none: what it is and what is allowed instead. */
export type FoundSource =
  | { readonly kind: 'source'; readonly source: ModelSource }
  | { readonly kind: 'wrong'; readonly allowed: string }

/** A digest as `sha256sum` prints it. */
export const SHA256_PATTERN: RegExp = /^[0-9a-fA-F]{64}$/

/** A scheme has two letters or more: `C:\` is a path. */
const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]+:/

/** Whether `text` is an address on a network, be it right or wrong, rather than a path. */
export function isWebAddress(text: string): boolean {
  return SCHEME.test(text)
}

/** The source that `text` means. Throws ERR_CONFIG, without the secrets that `text` may hold. */
export function modelSource(text: string, settings: SourceSettings): ModelSource {
  const found = findSource(text, settings)
  if (found.kind === 'source') return found.source
  const state = `${JSON.stringify(withoutSecrets(text))} is not allowed (${found.allowed})`
  throw new FoglineError(`Cannot use model: ${state}`, { code: 'ERR_CONFIG' })
}

/** As `modelSource`, for who has a place to name. */
export function findSource(text: string, settings: SourceSettings): FoundSource {
  const { folder, sha256, signature } = settings
  const said = {
    ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }),
    ...(signature !== undefined && { signature }),
  }
  if (sha256 !== undefined && !SHA256_PATTERN.test(sha256)) {
    return { kind: 'wrong', allowed: 'a sha256 of 64 hexadecimal digits' }
  }
  if (isWebAddress(text)) return webSource(text, { ...settings, said })
  const isPath = text !== '' && !text.includes('\0')
  if (!isPath) return { kind: 'wrong', allowed: MODEL_ALLOWED }
  return { kind: 'source', source: { kind: 'file', path: resolve(folder, text), ...said } }
}

/** A source, or a path, for people: without what could be a secret. */
export function sourceText(source: ModelSource | string): string {
  if (typeof source === 'string') return source
  return source.kind === 'file' ? source.path : source.text
}

/** An address without user and password, and without a query, which may be a signature. */
export function withoutSecrets(text: string): string {
  return isWebAddress(text) ? withoutUser(text).replace(/\?.*$/s, '?…') : text
}

/** What a model may be called by its path or address; empty for that of Kafka-ML, a mere number. */
export function modelName(text: string): string {
  if (!isWebAddress(text)) return basename(text, extname(text))
  const { pathname } = URL.canParse(text) ? new URL(text) : { pathname: '' }
  return isKafkaMlAddress(text) ? '' : basename(pathname, extname(pathname))
}

function withoutUser(address: string): string {
  return address.replace(/^([a-zA-Z][a-zA-Z0-9+.-]+:\/*)[^/?#]*@/, '$1')
}

function isKafkaMlAddress(text: string): boolean {
  return text.toLowerCase().startsWith(KAFKA_ML)
}

const KAFKA_ML = 'kafka-ml+'
const KAFKA_ML_ALLOWED = 'kafka-ml+http://HOST:PORT/RESULT, with the number of a training result'

type WebSettings = SourceSettings & { readonly said: Said }

function webSource(text: string, settings: WebSettings): FoundSource {
  const isKafkaMl = isKafkaMlAddress(text)
  const given = isKafkaMl ? text.slice(KAFKA_ML.length) : text
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.hash !== '') {
    return { kind: 'wrong', allowed: isKafkaMl ? KAFKA_ML_ALLOWED : MODEL_ALLOWED }
  }
  // A Kafka-ML back-end knows neither TLS nor users, and is made for a private network: who names one
  // says as much.
  const { allowHttp = isKafkaMl, allowPrivate = isKafkaMl } = settings
  if (url.protocol === 'http:' && !allowHttp) {
    return { kind: 'wrong', allowed: 'https:, or http: with allowHttp, or --allow-http' }
  }
  if (isKafkaMl && !toResult(url)) return { kind: 'wrong', allowed: KAFKA_ML_ALLOWED }
  const authorization = settings.authorization ?? basicAuthorization(url)
  url.username = ''
  url.password = ''
  const source: WebSource = {
    kind: 'web',
    address: withoutUser(text),
    url: url.href,
    text: withoutSecrets(text),
    isKafkaMl,
    allowHttp,
    allowPrivate,
    ...settings.said,
    ...(authorization && { authorization }),
  }
  return { kind: 'source', source }
}

/** Turns `/RESULT` into the back-end's route of a trained model; false where it is no such number. */
function toResult(url: URL): boolean {
  const [, base, result] = /^(.*)\/(\d{1,15})$/.exec(url.pathname) ?? []
  if (result === undefined || url.search !== '') return false
  url.pathname = `${base}/results/model/${result}`
  return true
}

function basicAuthorization({ username, password }: URL): Secret | undefined {
  if (username === '' && password === '') return undefined
  const pair = `${decoded(username)}:${decoded(password)}`
  return () => `Basic ${Buffer.from(pair).toString('base64')}`
}

/** A lone `%` stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
