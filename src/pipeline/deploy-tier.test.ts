import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { KAFKA_DEFAULTS } from '../brokers/kafka/kafka-config.ts'
import type { FunctionSpec } from '../core/platform.ts'
import { funnelConfig } from '../functions/funnel-config.ts'
import { inferenceConfig } from '../functions/inference-config.ts'
import { deployTier } from './deploy-tier.ts'
import { parsePipeline } from './parse-pipeline.ts'

const TEXT = `name: p
labels: [no, yes]
brokers: { k: { address: "kafka://h", compression: zstd, create: false, replication: 3 } }
tiers:
  - { name: a, model: a.keras, outcomes: funnel, exit: { metric: entropy, threshold: 0.25, temperature: 2 }, output: { broker: k }, timeoutMs: 9000 }
  - { name: b, model: b.keras, outcomes: funnel, input: { broker: k } }
  - { name: c, model: { address: "http://h/c.keras?v=1", allowHttp: true, signature: serve, authorization: { env: KEY } }, input: { broker: k } }
`

/** What is deployed for a tier, in order. */
async function deployed(name: string): Promise<readonly FunctionSpec[]> {
  const { tiers, clusters } = parsePipeline(TEXT, {
    file: '/p/fogline.yaml',
    folder: '/p',
    env: { KEY: 'hidden' },
  })
  const tier = tiers.find((one) => one.name === name) ?? assert.fail()
  const input = { format: 'raw', datatype: 'FP32', shape: [2], scale: 1, offset: 0 } as const
  const specs: FunctionSpec[] = []
  const deploy = async (spec: FunctionSpec) => {
    specs.push(spec)
    return {
      name: spec.name,
      url: `http://${spec.name}`,
      replicas: 1,
      availableReplicas: 1,
      coldStarts: 0,
    }
  }
  const plan = {
    tier,
    sha256: 'a'.repeat(64),
    inputName: 'x',
    input: { ...input, modelDatatype: 'FP32' },
    prediction: 'y',
  } as const
  await deployTier({ deploy }, { plan, clusters, cacheFolder: '/cache' })
  return specs
}

describe('deployTier()', () => {
  it('deploys the inference function alone where the connector writes', async () => {
    const [inference, ...others] = await deployed('c')
    assert.deepEqual([inference?.name, others], ['p-c', []])
    assert.equal(inferenceConfig(inference?.env ?? {}).outcomes, undefined)
  })

  it('tells the inference function of the model that was planned with, but of no secret', async () => {
    const [inference] = await deployed('c')
    const { model, cacheFolder } = inferenceConfig(inference?.env ?? {})
    assert.equal(cacheFolder, '/cache')
    assert.deepEqual(model, {
      kind: 'web',
      address: 'http://h/c.keras?v=1',
      url: 'http://h/c.keras?v=1',
      text: 'http://h/c.keras?…',
      isKafkaMl: false,
      allowHttp: true,
      allowPrivate: false,
      sha256: 'a'.repeat(64),
      signature: 'serve',
    })
    assert.doesNotMatch(JSON.stringify(inference), /hidden/)
    const file = (await deployed('a'))[2]?.env
    assert.equal(file?.FOGLINE_MODEL, resolve('/p/a.keras'))
    assert.equal(file?.FOGLINE_MODEL_SHA256, undefined)
  })

  it('deploys funnels first, and tells the inference function of them and of its rule', async () => {
    const specs = await deployed('a')
    assert.deepEqual(
      specs.map(({ name, code }) => [name, code]),
      [
        ['p-a-exit-funnel', 'funnel'],
        ['p-a-next-funnel', 'funnel'],
        ['p-a', 'inference'],
      ],
    )
    const reading = { from: 'probabilities', temperature: 2 }
    assert.deepEqual(inferenceConfig(specs[2]?.env ?? {}).outcomes, {
      rule: { metric: 'entropy', threshold: 0.25, ...reading },
      reading,
      labels: ['no', 'yes'],
      format: 'fogline',
      exitUrl: 'http://p-a-exit-funnel',
      nextUrl: 'http://p-a-next-funnel',
      timeoutMs: 6_000,
    })
  })

  it('tells each funnel of its topic, and how its cluster is used', async () => {
    const [exit, next] = (await deployed('a')).slice(0, 2).map(({ env }) => funnelConfig(env))
    assert.deepEqual(exit?.topic, { name: 'a-output', partitions: 4 })
    assert.deepEqual(next?.topic, { name: 'b-input', partitions: 4 })
    const used = { compression: 'zstd', create: false, replication: 3 } as const
    assert.deepEqual(next?.broker, {
      kind: 'kafka',
      servers: ['h:9092'],
      ...KAFKA_DEFAULTS,
      ...used,
    })
    assert.equal(next?.timeoutMs, 3_000)
  })
})
