import { KAFKA_DEFAULTS } from '../brokers/kafka/kafka-config.ts'
import type { FunctionSpec, Platform } from '../core/platform.ts'
import {
  type Funnel,
  funnelName,
  type Pipeline,
  type PipelineTier,
  type PipelineTopic,
} from './pipeline.ts'
import type { TierPlan } from './plan.ts'

/** Calls of one funnel at a time; it writes what comes together as one, and works on 256 at most. */
const FUNNEL_CONCURRENCY = 256

/** What is deployed of a tier. */
export interface TierDeployment {
  readonly plan: TierPlan
  readonly clusters: Pipeline['clusters']
  /** Where copies of models are kept; absent, none are. */
  readonly cacheFolder?: string | undefined
}

/** Deploys a tier's inference function, and before it the funnels that it calls. */
export async function deployTier(
  platform: Pick<Platform, 'deploy'>,
  { plan, clusters, cacheFolder }: TierDeployment,
): Promise<void> {
  const { tier } = plan
  const urlOf = async (funnel: Funnel, topic: PipelineTopic) => {
    const { url } = await platform.deploy(funnelSpec(tier, { funnel, topic, clusters }))
    return url
  }
  if (tier.outcomes === 'connector') {
    await platform.deploy(inferenceSpec(plan, modelEnv(plan, cacheFolder)))
    return
  }
  const [exit, next] = await Promise.all([
    urlOf('exit', tier.output),
    tier.upper && urlOf('next', tier.upper.input),
  ])
  const outcomes = outcomesEnv(tier, { exit, next })
  await platform.deploy(inferenceSpec(plan, { ...modelEnv(plan, cacheFolder), ...outcomes }))
}

/**
 * Every replica is told of the very file that the pipeline was planned with, and finds it in the cache.
 * What authorizes a fetch stays here.
 */
function modelEnv(
  { tier: { model }, sha256 }: TierPlan,
  cacheFolder: string | undefined,
): FunctionSpec['env'] {
  const { signature } = model
  const rest = {
    ...(signature !== undefined && { FOGLINE_MODEL_SIGNATURE: signature }),
    ...(cacheFolder !== undefined && { FOGLINE_CACHE: cacheFolder }),
  }
  if (model.kind === 'file') {
    const pin = model.sha256 === undefined ? {} : { FOGLINE_MODEL_SHA256: model.sha256 }
    return { FOGLINE_MODEL: model.path, ...pin, ...rest }
  }
  return {
    FOGLINE_MODEL: model.address,
    FOGLINE_MODEL_SHA256: sha256,
    FOGLINE_MODEL_ALLOW_HTTP: String(model.allowHttp),
    FOGLINE_MODEL_ALLOW_PRIVATE: String(model.allowPrivate),
    ...rest,
  }
}

function inferenceSpec(
  { tier, prediction, features }: TierPlan,
  env: FunctionSpec['env'],
): FunctionSpec {
  return {
    name: tier.functionName,
    code: 'inference',
    env: {
      FOGLINE_NAME: tier.name,
      FOGLINE_PREDICTION: prediction,
      ...(features !== undefined && { FOGLINE_FEATURES: features }),
      ...env,
    },
    scaling: tier.scaling,
    isolation: tier.platform.isolation,
    timeoutMs: tier.timeoutMs,
  }
}

/** What the connector is told of a tier's decisions where it writes them. */
function outcomesEnv(
  { exit: rule, upper, reading, labels, output, timeoutMs }: PipelineTier,
  urls: { readonly exit: string; readonly next: string | undefined },
): FunctionSpec['env'] {
  const decides = upper && rule
  return {
    FOGLINE_EXIT_URL: urls.exit,
    ...(urls.next !== undefined && { FOGLINE_NEXT_URL: urls.next }),
    FOGLINE_EXIT_METRIC: decides ? rule.metric : 'final',
    ...(decides && { FOGLINE_EXIT_THRESHOLD: String(rule.threshold) }),
    FOGLINE_EXIT_FROM: reading.from,
    FOGLINE_EXIT_TEMPERATURE: String(reading.temperature),
    ...(labels && { FOGLINE_LABELS: JSON.stringify(labels) }),
    FOGLINE_OUTPUT_FORMAT: output.format,
    FOGLINE_FUNNEL_TIMEOUT_MS: String(callTimeoutMs(timeoutMs)),
  }
}

interface FunnelPlace {
  readonly funnel: Funnel
  readonly topic: PipelineTopic
  readonly clusters: Pipeline['clusters']
}

function funnelSpec(
  { functionName, platform, scaling, timeoutMs }: PipelineTier,
  { funnel, topic, clusters }: FunnelPlace,
): FunctionSpec {
  const { compression, create, replication } = clusters[topic.broker] ?? KAFKA_DEFAULTS
  return {
    name: funnelName(functionName, funnel),
    code: 'funnel',
    env: {
      FOGLINE_BROKER: topic.broker,
      FOGLINE_COMPRESSION: compression,
      FOGLINE_CREATE: String(create),
      ...(replication > 0 && { FOGLINE_REPLICATION: String(replication) }),
      FOGLINE_TOPIC: topic.topic,
      FOGLINE_PARTITIONS: String(topic.partitions),
      FOGLINE_TIMEOUT_MS: String(writeTimeoutMs(timeoutMs)),
    },
    scaling: {
      minReplicas: 1,
      maxReplicas: 1,
      targetConcurrency: FUNNEL_CONCURRENCY,
      idleTimeoutMs: scaling.idleTimeoutMs,
    },
    isolation: platform.isolation,
    timeoutMs: callTimeoutMs(timeoutMs),
  }
}

/** Each has less time than who called it, so that every one can say what went wrong. */
function callTimeoutMs(timeoutMs: number): number {
  return Math.max(1, Math.floor((timeoutMs * 2) / 3))
}

function writeTimeoutMs(timeoutMs: number): number {
  return Math.max(1, Math.floor(timeoutMs / 3))
}
