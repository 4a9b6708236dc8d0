import { elementCount } from '../../core/tensor.ts'
import {
  deadLetterTopic,
  functionNames,
  type Pipeline,
  type PipelineTier,
  type PipelineTopic,
} from '../pipeline.ts'
import type { PipelineFile } from '../schema.ts'
import type { Problem } from './problem.ts'

/** What is wrong between the fields of a file each of which is right by itself. */
export function crossCheck(content: PipelineFile, pipeline: Pipeline): readonly Problem[] {
  return [
    ...checkNames(pipeline),
    ...checkTop(content),
    ...checkTopics(pipeline),
    ...pipeline.tiers.flatMap((tier, index) => [
      ...checkInput(tier, index),
      ...checkAvro(tier, index),
      ...checkScaling(tier, index),
      ...checkOutcomes(tier, { index, clusters: pipeline.clusters }),
      ...checkGuarantee(tier, { index, clusters: pipeline.clusters }),
    ]),
  ]
}

/** A DNS label, as function names are (RFC 1123). */
const FUNCTION_CHARACTERS_MAX = 63

function checkNames({ tiers }: Pipeline): Problem[] {
  return tiers.flatMap((tier, index) => {
    const { name } = tier
    const path = ['tiers', index, 'name']
    const first = tiers.findIndex((tier) => tier.name === name)
    const problems: Problem[] = []
    if (first < index) {
      problems.push({ path, text: `"${name}" is the name of tiers[${first}] already` })
    }
    const names = functionNames(tier)
    const long = names.find(({ length }) => length > FUNCTION_CHARACTERS_MAX)
    if (long !== undefined) {
      const text = `function name "${long}" has ${long.length} characters (at most ${FUNCTION_CHARACTERS_MAX})`
      problems.push({ path, text })
    }
    const taken = tiers.find((other) => names.slice(1).includes(other.functionName))
    if (taken) {
      const text = `function name "${taken.functionName}" is wanted for a funnel and for tier "${taken.name}"`
      problems.push({ path, text })
    }
    return problems
  })
}

function checkTop({ tiers }: PipelineFile): Problem[] {
  const top = tiers.length - 1
  const problems: Problem[] = []
  for (const key of ['metric', 'threshold'] as const) {
    if (tiers[top]?.exit?.[key] === undefined) continue
    const text = 'is not allowed (the top tier answers every sample)'
    problems.push({ path: ['tiers', top, 'exit', key], text })
  }
  if (tiers[top]?.outputs.features !== undefined) {
    const text = 'is not allowed (there is no tier above to hand features to)'
    problems.push({ path: ['tiers', top, 'outputs', 'features'], text })
  }
  return problems
}

/**
 * Every topic has one use, and one broker: the door finds it by its name alone. Only output topics
 * may be shared.
 */
function checkTopics({ tiers }: Pipeline): Problem[] {
  const uses = new Map<string, TopicUse>()
  const problems: Problem[] = []
  const claim = (topic: PipelineTopic, kind: TopicUse['kind'], index: number): boolean => {
    const other = uses.get(topic.topic)
    const shared = kind === 'output' && other?.kind === kind && other.broker === topic.broker
    if (other && !shared) {
      const text = `topic "${topic.topic}" is ${other.kind} of tiers[${other.index}] already`
      const side = kind === 'output' ? 'output' : 'input'
      problems.push({ path: ['tiers', index, side, 'topic'], text })
    }
    if (!other) uses.set(topic.topic, { kind, index, broker: topic.broker })
    return !other
  }
  for (const [index, { input }] of tiers.entries()) {
    const letters = { ...input, topic: deadLetterTopic(input.topic) }
    if (claim(input, 'input', index)) claim(letters, 'dead letters', index)
  }
  for (const [index, { output }] of tiers.entries()) claim(output, 'output', index)
  return problems
}

interface TopicUse {
  readonly kind: 'input' | 'output' | 'dead letters'
  readonly index: number
  readonly broker: string
}

function checkAvro({ input }: PipelineTier, index: number): Problem[] {
  const path = ['tiers', index, 'input'] as const
  const { format, schema, registry } = input
  if (format === 'avro') {
    if (registry && hasUser(registry.url)) {
      // Without the address: messages end up in logs.
      const text = 'holds a user name or a password (they do not belong into the file)'
      return [{ path: [...path, 'registry'], text }]
    }
    if (schema || registry) return []
    return [
      { path: [...path, 'schema'], text: 'is missing (format: avro needs schema or registry)' },
    ]
  }
  return (['schema', 'registry'] as const).flatMap((key) => {
    const text = 'is not allowed (only with format: avro)'
    return input[key] ? [{ path: [...path, key], text }] : []
  })
}

function hasUser(url: string): boolean {
  const { username, password } = new URL(url)
  return username !== '' || password !== ''
}

function checkInput({ input }: PipelineTier, index: number): Problem[] {
  const { fields, format, shape } = input
  const path = ['tiers', index, 'input', 'fields']
  if (!fields) return []
  if (format === 'raw') return [{ path, text: 'is not allowed (only with format: json or avro)' }]
  if (new Set(fields).size < fields.length) return [{ path, text: 'names a field twice' }]
  // The value of a single field may be arrays.
  if (shape && fields.length > 1 && elementCount(shape) !== fields.length) {
    const count = elementCount(shape)
    return [{ path, text: `names ${fields.length} fields (shape has ${count} numbers)` }]
  }
  return []
}

function checkScaling({ scaling }: PipelineTier, index: number): Problem[] {
  const { minReplicas, maxReplicas } = scaling
  if (minReplicas <= maxReplicas) return []
  const text = `${maxReplicas} is not allowed (at least minReplicas, ${minReplicas})`
  return [{ path: ['tiers', index, 'scaling', 'maxReplicas'], text }]
}

/** Funnels are programs of their own: they share no file with this process, and get no secrets. */
function checkOutcomes(
  { outcomes, guarantee, output, upper }: PipelineTier,
  { index, clusters }: Pick<Pipeline, 'clusters'> & { readonly index: number },
): Problem[] {
  if (outcomes === 'connector') return []
  const brokers = upper ? [output.broker, upper.input.broker] : [output.broker]
  const needs = []
  if (brokers.some((broker) => !broker.startsWith('kafka:'))) {
    needs.push('it needs output and the next tier on Kafka')
  }
  if (brokers.some((broker) => clusters[broker]?.tls || clusters[broker]?.sasl)) {
    needs.push('funnels are given no `tls` and `sasl`')
  }
  if (guarantee === 'exactly-once') {
    needs.push(
      'exactly-once needs `outcomes: connector`, which writes and commits in one transaction',
    )
  }
  const path = ['tiers', index, 'outcomes']
  return needs.map((need) => ({ path, text: `"funnel" is not allowed (${need})` }))
}

function checkGuarantee(
  { guarantee, input, output, upper }: PipelineTier,
  { index, clusters }: Pick<Pipeline, 'clusters'> & { readonly index: number },
): Problem[] {
  if (guarantee === 'at-least-once') return []
  const others = [output.broker, upper?.input.broker ?? input.broker]
  const isApart = others.some((broker) => broker !== input.broker)
  // Seen on a broker: in a group of KIP-848 the client commits offsets with a wrong generation.
  const isUnfit = clusters[input.broker]?.groupProtocol === 'consumer'
  if (!isApart && !isUnfit) return []
  const needs = isApart
    ? 'it needs input, output and the next tier on one broker'
    : 'it needs `group: { protocol: classic }`: in a group of protocol consumer, transactions fail to commit'
  const path = ['tiers', index, 'guarantee']
  return [{ path, text: `"exactly-once" is not allowed (${needs})` }]
}
