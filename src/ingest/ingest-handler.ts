import type { Broker } from '../core/broker.ts'
import type { Handler } from '../core/handler.ts'
import type { Now } from '../std/clock.ts'
import { type DeadLetterAnswers, deadLetterAnswers } from './answer-dead-letters.ts'
import { jsonAnswer, laterRefusal, refusal } from './answers.ts'
import type { DeadLetterBox } from './dead-letters/box.ts'
import { foreignTo } from './foreign.ts'
import { getLag } from './get-lag.ts'
import { type GetTopic, topicReader } from './get-topic.ts'
import { INGEST_LIMITS, type IngestLimits } from './limits.ts'
import { postSample, type SampleTarget } from './post-sample.ts'
import type { SampleInput } from './sample-record.ts'

/** A tier as the door knows it. */
export interface IngestTier extends Omit<SampleTarget, 'input'> {
  readonly name: string
  /** How samples become records; undefined for a door that takes none of the tier. */
  readonly input: SampleInput | undefined
  /** Topic of its answers. */
  readonly output: string
  /** The group of its connector. */
  readonly group: string
  readonly deadLetters: DeadLetterBox
}

/** What the door opens to. */
export interface IngestOptions {
  /** From the data upward. */
  readonly tiers: readonly IngestTier[]
  /** Every topic that may be read, those of dead letters included. */
  readonly topics: ReadonlyMap<string, Broker>
  /** Answers `/function/…`. */
  readonly gateway: Handler
  /** Whether the tier of this name consumes its topic. */
  readonly consumes: (tier: string) => boolean
  readonly now: Now
  /** An id that no other sample has. */
  readonly randomId: () => string
  readonly limits?: Partial<IngestLimits>
}

/**
 * The HTTP door of a pipeline: samples in, records out as events, dead letters, lag, functions by the
 * gateway.
 * It is for this machine: requests for another host, and changes by web pages of other origins, are
 * refused with 403. `GET /` says what is there.
 */
export function ingestHandler(options: IngestOptions): Handler {
  const limits = { ...INGEST_LIMITS, ...options.limits }
  const door: OpenDoor = {
    ...options,
    limits,
    byName: new Map(options.tiers.map((tier) => [tier.name, tier])),
    getTopic: topicReader(options.topics, limits),
    deadLetters: deadLetterAnswers(limits),
    inFlight: new Set(),
  }
  return async (request) => {
    const foreign = foreignTo(request)
    if (foreign !== undefined) return refusal(403, foreign)
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/function/')) return options.gateway(request)
    for (const { path, method, answer } of ROUTES) {
      const match = path.exec(pathname)
      if (!match) continue
      if (method !== request.method) return not(method, request)
      const segments = match.slice(1).map(decoded)
      if (isWhole(segments)) return answer(door, request, segments)
    }
    const doors = ROUTES.map((route) => `${route.method} ${route.form}`).join(', ')
    return refusal(404, `there is nothing at "${pathname}" (there are ${doors}, /function/NAME)`)
  }
}

interface OpenDoor extends Omit<IngestOptions, 'limits'> {
  readonly limits: IngestLimits
  readonly byName: ReadonlyMap<string, IngestTier>
  readonly getTopic: GetTopic
  readonly deadLetters: DeadLetterAnswers
  /** Samples that are being read or written. */
  readonly inFlight: Set<Request>
}

/** The parts of a path that its route leaves open, decoded. */
type Segments = readonly string[]

type Answer = (door: OpenDoor, request: Request, segments: Segments) => Response | Promise<Response>

interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  /** As people write the path. */
  readonly form: string
  readonly answer: Answer
}

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/$/, form: '/', answer: index },
  { method: 'GET', path: /^\/healthz$/, form: '/healthz', answer: health },
  { method: 'POST', path: /^\/ingest\/([^/]+)$/, form: '/ingest/TIER', answer: ofTier(ingest) },
  {
    method: 'GET',
    path: /^\/topics\/([^/]+)$/,
    form: '/topics/TOPIC',
    answer: (door, request, [topic = '']) => door.getTopic(request, topic),
  },
  {
    method: 'GET',
    path: /^\/lag$/,
    form: '/lag',
    answer: ({ tiers, limits }) => getLag(tiers, limits.lagTimeoutMs),
  },
  {
    method: 'GET',
    path: /^\/dead-letters\/([^/]+)$/,
    form: '/dead-letters/TIER',
    answer: ofTier((door, request, { tier }) => door.deadLetters.list(request, tier.deadLetters)),
  },
  {
    method: 'GET',
    path: /^\/dead-letters\/([^/]+)\/(\d+(?:\/|%2F)\d+)$/i,
    form: '/dead-letters/TIER/PARTITION/OFFSET',
    answer: ofTier((door, _, { tier, rest }) => door.deadLetters.show(tier.deadLetters, rest)),
  },
  ...(['retry', 'drop'] as const).map(
    (verdict): Route => ({
      method: 'POST',
      path: new RegExp(`^/dead-letters/([^/]+)/${verdict}$`),
      form: `/dead-letters/TIER/${verdict}`,
      answer: ofTier((door, request, { tier }) =>
        door.deadLetters.handle(request, tier.deadLetters, verdict),
      ),
    }),
  ),
]

interface TierPath {
  readonly tier: IngestTier
  /** What follows the tier in the path. */
  readonly rest: string
}

/** The answer for the tier that the path's first segment names; 404 where there is none. */
function ofTier(
  answer: (door: OpenDoor, request: Request, path: TierPath) => Promise<Response>,
): Answer {
  return (door, request, [name = '', rest = '']) => {
    const tier = door.byName.get(name)
    if (tier) return answer(door, request, { tier, rest })
    const names = [...door.byName.keys()].join(', ')
    return refusal(404, `there is no tier "${name}" (there are ${names})`)
  }
}

function index({ tiers, topics }: OpenDoor): Response {
  return jsonAnswer(200, {
    doors: [...ROUTES.map(({ method, form }) => `${method} ${form}`), '/function/NAME'],
    tiers: tiers.map(({ name, topic, output, input }) => ({ name, topic, output, ...told(input) })),
    topics: [...topics.keys()],
  })
}

function told(input: SampleInput | undefined): Partial<SampleInput> {
  if (!input) return {}
  const { format, datatype, shape, fields } = input
  return { format, datatype, shape, ...(fields && { fields }) }
}

function health({ tiers, consumes }: OpenDoor): Response {
  const waiting = tiers.map(({ name }) => name).filter((name) => !consumes(name))
  if (waiting.length === 0) return jsonAnswer(200, { ready: true })
  const error = `not consuming yet: ${waiting.join(', ')}`
  return jsonAnswer(503, { ready: false, error, waiting }, { 'retry-after': '1' })
}

async function ingest(door: OpenDoor, request: Request, { tier }: TierPath): Promise<Response> {
  const { inFlight, limits } = door
  const { input } = tier
  if (!input) return refusal(404, `this door takes no samples of tier "${tier.name}"`)
  if (inFlight.size >= limits.samplesInFlightMax) {
    return laterRefusal(
      `${inFlight.size} samples are in flight (at most ${limits.samplesInFlightMax})`,
    )
  }
  inFlight.add(request)
  try {
    return await postSample(request, { ...tier, input }, door)
  } finally {
    inFlight.delete(request)
  }
}

function not(method: string, request: Request): Response {
  return refusal(405, `method ${request.method} is not allowed (${method})`, { allow: method })
}

function isWhole(segments: readonly (string | undefined)[]): segments is Segments {
  return !segments.includes(undefined)
}

/** A path's segment, or undefined for a stray percent sign. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
