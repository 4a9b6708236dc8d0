import type { Broker, ReadFrom } from '../core/broker.ts'
import { settlesWithin } from '../std/deadline.ts'
import { recordEvent } from './record-event.ts'

/** What to stream, and until when. */
export interface TopicStreamOptions {
  readonly broker: Broker
  readonly topic: string
  readonly from: ReadFrom
  /** The stream ends after so many records. */
  readonly countMax: number
  readonly heartbeatMs: number
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
  /** Called once, however the stream ends. */
  readonly onEnd: () => void
}

const encoder = new TextEncoder()

/** Comments are skipped by clients; the first one says that the reader stands at its place. */
const OPENED = encoder.encode(': open\n\n')
const HEARTBEAT = encoder.encode(': alive\n\n')

/**
 * The records of a topic as server-sent events. One record is read ahead; the next only when the
 * client has taken that. Fails where the broker does.
 */
export function topicStream(options: TopicStreamOptions): ReadableStream<Uint8Array> {
  const { broker, topic, from, countMax, heartbeatMs, signal, onEnd } = options
  const ending = new AbortController()
  const iterator = broker.read(topic, from, ending.signal)[Symbol.asyncIterator]()
  const end = () => {
    if (ending.signal.aborted) return
    signal.removeEventListener('abort', end)
    ending.abort()
    // A reader that stands at a record it has given closes what it holds only when told so.
    void iterator.return?.().catch(() => {})
    onEnd()
  }
  const next = () => {
    const step = iterator.next()
    // A failure is met when the client asks for the record; until then it is not unhandled.
    step.catch(() => {})
    return step
  }
  let pending = next()
  let left = countMax
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(OPENED),
      pull: async (controller) => {
        if (!(await settlesWithin(pending, heartbeatMs))) return controller.enqueue(HEARTBEAT)
        try {
          const step = await pending
          if (!step.done) {
            left -= 1
            controller.enqueue(encoder.encode(recordEvent(step.value)))
          }
          if (!step.done && left > 0) pending = next()
          else finish(controller, end)
        } catch (error) {
          end()
          controller.error(error)
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}

function finish(controller: ReadableStreamDefaultController, end: () => void): void {
  end()
  controller.close()
}
