import { openBroker } from '../brokers/open.ts'
import type { Broker } from '../core/broker.ts'
import type { Handler } from '../core/handler.ts'
import type { Door } from '../ingest/door.ts'
import { doorOver } from '../ingest/door-client.ts'
import { topicReader } from '../ingest/get-topic.ts'
import { INGEST_LIMITS } from '../ingest/limits.ts'
import type { ReadOptions } from '../models/sources/read-model.ts'
import { isFoglineError } from '../std/errors.ts'
import type { Log } from '../std/log.ts'
import { doorOf } from './door.ts'
import { handlerClient } from './handler-client.ts'
import { openBrokers } from './open-brokers.ts'
import type { Pipeline } from './pipeline.ts'
import { planPipeline } from './plan.ts'

/** What a door in this process needs. */
export interface OpenDoorOptions {
  readonly log: Log
  /** Whether it takes samples, for which it reads the models. */
  readonly takesSamples: boolean
  /** How models are got. */
  readonly models?: ReadOptions
}

/**
 * A door to the brokers of `pipeline` themselves, in this very process, without `fogline up`: from any
 * machine that reaches them. A broker that cannot be opened fails only who asks for it.
 */
export async function openPipelineDoor(
  pipeline: Pipeline,
  { log, takesSamples, models }: OpenDoorOptions,
): Promise<Door> {
  const tiers = takesSamples
    ? await planPipeline(pipeline, { ...models, log })
    : pipeline.tiers.map((tier) => ({ tier }))
  return opened(async (stack) => {
    const brokers = await openBrokers(pipeline, { log, now: Date.now, stack, open: openOrRefuse })
    const consumes = () => false
    return doorOf(pipeline, { tiers, brokers, gateway: noFunctions, consumes, now: Date.now })
  })
}

/** A door that only gives the records of one topic of the broker at `address`, whoever's it is. */
export async function openTopicDoor(address: string, topic: string, log: Log): Promise<Door> {
  return opened(async (stack) => {
    const broker = await openBroker(address, { log })
    stack.defer(() => broker.close())
    const getTopic = topicReader(new Map([[topic, broker]]), INGEST_LIMITS)
    return async (request) => getTopic(request, topic)
  })
}

/** The door that `open` makes, which closes what that has put on the stack. */
async function opened(open: (stack: AsyncDisposableStack) => Promise<Handler>): Promise<Door> {
  const stack = new AsyncDisposableStack()
  try {
    const client = handlerClient(await open(stack))
    return doorOver({ ...client, close: () => stack.disposeAsync() })
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** A broker that cannot be opened refuses everything with the reason. */
async function openOrRefuse(...given: Parameters<typeof openBroker>): Promise<Broker> {
  try {
    return await openBroker(...given)
  } catch (error) {
    if (!isFoglineError(error, 'ERR_BROKER')) throw error
    const refuse = () => Promise.reject(error)
    return {
      ensure: async () => {},
      produce: refuse,
      subscribe: refuse,
      read: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
      lag: refuse,
      close: async () => {},
    }
  }
}

async function noFunctions(): Promise<Response> {
  const error = 'functions are behind the door of `fogline up` only'
  return Response.json({ error }, { status: 404 })
}
