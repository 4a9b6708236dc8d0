import { hostname } from 'node:os'
import { type Connector, startConnector } from '../connector/connector.ts'
import { funnelInvoke, httpInvoke } from '../connector/invoke.ts'
import type { FunctionCode } from '../core/platform.ts'
import { embeddedFaas } from '../faas/embedded-faas.ts'
import { gateway } from '../faas/gateway.ts'
import type { RecordDecoder } from '../formats/record-decoder.ts'
import { serve } from '../functions/server.ts'
import { localEntries, localPlatform } from '../platforms/local.ts'
import type { Now } from '../std/clock.ts'
import { settlesWithin } from '../std/deadline.ts'
import type { HttpClient } from '../std/http-client.ts'
import type { Log } from '../std/log.ts'
import { openDecoder } from './decoder.ts'
import { deployTier } from './deploy-tier.ts'
import { doorOf } from './door.ts'
import { connectorGroup } from './groups.ts'
import { handlerClient } from './handler-client.ts'
import { memberOf } from './member.ts'
import { type OpenBrokers, openBrokers } from './open-brokers.ts'
import { deadLetterTopic, type Pipeline } from './pipeline.ts'
import { planPipeline, type TierPlan } from './plan.ts'
import type { RunningPipeline } from './running.ts'
import { statusOf } from './status.ts'

/** How to run a pipeline. */
export interface StartOptions {
  /** Of the door, on 127.0.0.1; 0 takes any free one. */
  readonly port: number
  readonly log: Log
  readonly now: Now
  /** Which of the processes on this host that run the same tiers; from 0, its default, on. */
  readonly slot?: number
  /** Where copies of fetched models are kept; absent, none are. */
  readonly cacheFolder?: string
  /** Ends the wait for models. */
  readonly signal?: AbortSignal
  /** Other programs than those that Fogline ships. */
  readonly entries?: Readonly<Record<FunctionCode, URL>>
}

/** The door is for this machine: what is in front of it has to say who may come in. */
const HOST = '127.0.0.1'
/** A function that was idle has this long to start before its own time limit begins. */
const COLD_START_MS = 30_000
/** To join a group takes seconds where Kafka waits for other members; a start says so rather than hang. */
const CONSUME_WAIT_MS = 15_000

/**
 * Runs a pipeline: brokers, functions, connectors and the door, all in this process but for replicas
 * with `isolation: process`. Resolves once every tier's function can be called and consumes, but for
 * tiers whose input is on a broker that is away: they begin when it is there. Throws ERR_CONFIG,
 * ERR_MODEL, ERR_BROKER or ERR_UNAVAILABLE (the port is taken), and leaves nothing behind then.
 */
export async function startPipeline(
  pipeline: Pipeline,
  options: StartOptions,
): Promise<RunningPipeline> {
  const stack = new AsyncDisposableStack()
  try {
    return await start(pipeline, { options, stack })
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

interface Starting {
  readonly options: StartOptions
  /** What was opened, closed in reverse order. */
  readonly stack: AsyncDisposableStack
}

async function start(pipeline: Pipeline, { options, stack }: Starting): Promise<RunningPipeline> {
  const { log, now, port, cacheFolder, entries = localEntries() } = options
  const plans = await planPipeline(pipeline, options)
  const brokers = await openBrokers(pipeline, { log, now, stack })
  const faas = embeddedFaas({ log, now })
  stack.defer(() => faas.close())
  const functions = gateway(faas)
  const connectors = new Map<string, Connector>()
  const door = doorOf(pipeline, {
    tiers: plans,
    brokers,
    gateway: functions,
    consumes: (tier) => connectors.get(tier)?.stats().consuming ?? false,
    now,
  })
  const server = await serve(door, { host: HOST, port, log })
  stack.defer(() => server.close())
  const url = `http://${HOST}:${server.port}`
  const client = handlerClient(functions)
  const platform = localPlatform({ faas, baseUrl: url, entries })
  const { clusters } = pipeline
  await Promise.all(plans.map((plan) => deployTier(platform, { plan, clusters, cacheFolder })))
  for (const plan of plans) {
    const decoder = openDecoder(plan, stack)
    connectors.set(plan.tier.name, connect(pipeline, plan, { brokers, client, decoder, options }))
  }
  stack.defer(async () => {
    await Promise.all([...connectors.values()].map((connector) => connector.close()))
  })
  await consuming(plans, { brokers, connectors })
  return {
    name: pipeline.name,
    url,
    status: statusOf(pipeline, { brokers, connectors, platform }),
    close: () => stack.disposeAsync(),
  }
}

/** Waits, within a bound, until all tiers consume that can. */
async function consuming(
  plans: readonly TierPlan[],
  { brokers, connectors }: Pick<Wiring, 'brokers'> & Connected,
): Promise<void> {
  const able = plans.filter(({ tier }) => brokers.isReady(tier.input.broker))
  const ready = able.map(({ tier }) => connectors.get(tier.name)?.ready)
  await settlesWithin(Promise.all(ready), CONSUME_WAIT_MS)
}

interface Connected {
  readonly connectors: ReadonlyMap<string, Connector>
}

interface Wiring {
  readonly brokers: OpenBrokers
  readonly client: Pick<HttpClient, 'request'>
  readonly decoder: RecordDecoder
  readonly options: StartOptions
}

function connect(
  pipeline: Pipeline,
  { tier, inputName }: TierPlan,
  { brokers, client, decoder, options: { now, log, slot = 0 } }: Wiring,
): Connector {
  const { name, exit, upper, guarantee } = tier
  const invokeBy = tier.outcomes === 'funnel' ? funnelInvoke : httpInvoke
  const group = connectorGroup({ pipeline: pipeline.name, tier: name })
  return startConnector({
    tier: name,
    input: {
      broker: brokers.get(tier.input.broker),
      topic: tier.input.topic,
      group,
      member: memberOf(group, hostname(), slot),
      decoder,
    },
    output: {
      broker: brokers.get(tier.output.broker),
      topic: tier.output.topic,
      format: tier.output.format,
    },
    upper: upper && { broker: brokers.get(upper.input.broker), topic: upper.input.topic },
    deadLetterTopic: deadLetterTopic(tier.input.topic),
    rule: () => (upper && exit ? exit : 'final'),
    reading: tier.reading,
    labels: tier.labels,
    guarantee,
    invoke: invokeBy({
      client,
      path: `/function/${tier.functionName}/v2/models/${name}`,
      inputName,
      timeoutMs: tier.timeoutMs + COLD_START_MS,
    }),
    now,
    random: Math.random,
    log: (level, message, fields) => log(level, message, { tier: name, ...fields }),
  })
}
