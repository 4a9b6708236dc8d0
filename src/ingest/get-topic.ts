import type { Broker, ReadFrom } from '../core/broker.ts'
import { laterRefusal, refusal } from './answers.ts'
import type { IngestLimits } from './limits.ts'
import { topicStream } from './topic-stream.ts'

/** Answers `GET /topics/TOPIC?from=earliest|latest|OFFSET&count=N`. */
export type GetTopic = (request: Request, topic: string) => Response

/** Enough topics to name; a pipeline of sixteen tiers has 48. */
const NAMES_MAX = 48

/**
 * Streams topics as server-sent events; `topics` are all that may be read, with their brokers.
 * Without `from` it begins at the latest. 400: `from` or `count` make no sense. 404: no such
 * topic. 503: too many are being read.
 */
export function topicReader(topics: ReadonlyMap<string, Broker>, limits: IngestLimits): GetTopic {
  const open = new Set<AbortSignal>()
  return (request, topic) => {
    const query = new URL(request.url).searchParams
    const from = fromOf(query.get('from') ?? 'latest')
    const countMax = countOf(query.get('count'))
    if (from === undefined) return wrong(query, 'from', 'earliest, latest or an offset')
    if (countMax === undefined) return wrong(query, 'count', 'a whole number above 0')
    const broker = topics.get(topic)
    if (!broker) {
      const names = [...topics.keys()].slice(0, NAMES_MAX).join(', ')
      return refusal(404, `there is no topic "${topic}" (there are ${names})`)
    }
    if (open.size >= limits.readersMax) {
      return laterRefusal(`${open.size} topics are being read (at most ${limits.readersMax})`)
    }
    const { signal } = request
    open.add(signal)
    const onEnd = () => open.delete(signal)
    const { heartbeatMs } = limits
    const stream = { broker, topic, from, countMax, heartbeatMs, signal, onEnd }
    return new Response(topicStream(stream), {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    })
  }
}

function fromOf(text: string): ReadFrom | undefined {
  if (text === 'earliest' || text === 'latest') return text
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function countOf(text: string | null): number | undefined {
  if (text === null) return Infinity
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

function wrong(query: URLSearchParams, name: string, allowed: string): Response {
  return refusal(400, `${name} "${query.get(name)}" is not allowed (${allowed})`)
}
