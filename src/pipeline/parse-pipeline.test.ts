import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { MODEL_ALLOWED } from '../models/sources/model-source.ts'
import { FoglineError } from '../std/errors.ts'
import { parsePipeline } from './parse-pipeline.ts'
import type { Pipeline } from './pipeline.ts'

const folder = resolve('/home/someone/My Digits')

const parse = (text: string): Pipeline => parsePipeline(text, { file: 'fogline.yaml', folder })

describe('parsePipeline()', () => {
  it('fills in all that a file of three models leaves open', () => {
    const { name, file, tiers, retention } = parse('tiers: [edge.keras, m/fog.keras, cloud.h5]')
    assert.deepEqual([name, file], ['my-digits', resolve(folder, 'fogline.yaml')])
    assert.deepEqual(retention, { ageMs: 604_800_000, sizeBytes: 268_435_456 })
    assert.deepEqual(
      tiers.map((tier) => tier.name),
      ['edge', 'fog', 'cloud'],
    )
    const [edge, fog, cloud] = tiers
    const broker = `embedded:${resolve(folder, '.fogline/data')}`
    assert.deepEqual(edge, {
      name: 'edge',
      functionName: 'my-digits-edge',
      model: { kind: 'file', path: resolve(folder, 'edge.keras') },
      exit: { metric: 'confidence', threshold: 0.8, from: 'probabilities', temperature: 1 },
      reading: { from: 'probabilities', temperature: 1 },
      input: { broker, topic: 'edge-input', partitions: 4, format: 'raw', scale: 1, offset: 0 },
      output: { broker, topic: 'edge-output', partitions: 4, format: 'fogline' },
      upper: {
        name: 'fog',
        model: { kind: 'file', path: resolve(folder, 'm/fog.keras') },
        input: { broker, topic: 'fog-input', partitions: 4 },
      },
      outputs: {},
      platform: { type: 'local', isolation: 'thread' },
      scaling: { minReplicas: 1, maxReplicas: 4, targetConcurrency: 1, idleTimeoutMs: 60_000 },
      outcomes: 'connector',
      guarantee: 'at-least-once',
      timeoutMs: 30_000,
    })
    assert.deepEqual(fog?.model, { kind: 'file', path: resolve(folder, 'm/fog.keras') })
    assert.equal(cloud?.exit, undefined)
    assert.equal(cloud?.upper, undefined)
  })

  it('takes models from servers, each by its own rules', async () => {
    const sha256 = 'ab'.repeat(32)
    const text = `tiers:
  - https://x/models/edge.keras
  - model: { address: "http://x/fog.h5?v=1", allowHttp: true, sha256: ${sha256}, authorization: { env: KEY } }
  - { name: top, model: { address: "kafka-ml+http://back:8000/7", allowPrivate: false, signature: s } }
`
    const env = { KEY: 'Bearer hidden' }
    const { tiers } = parsePipeline(text, { file: 'fogline.yaml', folder, env })
    assert.deepEqual(
      tiers.map(({ name }) => name),
      ['edge', 'fog', 'top'],
    )
    const [edge, fog, top] = tiers.map(({ model }) => model)
    assert.deepEqual(tiers[0]?.upper?.model, fog)
    assert.partialDeepStrictEqual(edge, {
      url: 'https://x/models/edge.keras',
      allowHttp: false,
      allowPrivate: false,
    })
    assert.partialDeepStrictEqual(fog, { url: 'http://x/fog.h5?v=1', sha256, allowHttp: true })
    assert.equal(fog?.kind === 'web' && (await fog.authorization?.()), 'Bearer hidden')
    assert.partialDeepStrictEqual(top, {
      url: 'http://back:8000/results/model/7',
      allowHttp: true,
      allowPrivate: false,
      signature: 's',
    })
  })

  it('names tiers by their place where models of Kafka-ML have numbers only', () => {
    const { tiers } = parse('tiers: ["kafka-ml+http://h/1", "kafka-ml+http://h/2", cloud.h5]')
    assert.deepEqual(
      tiers.map(({ name }) => name),
      ['edge', 'fog', 'cloud'],
    )
  })

  it('reads every field', () => {
    const { name, tiers, retention } = parse(`
name: digits
labels: [0, one]
retention: { age: 90s, size: 2GiB }
brokers: { edge: memory, site: "embedded:/data" }
tiers:
  - name: a
    model: a.keras
    exit: { metric: entropy, threshold: 0.3, from: logits, temperature: 1.5 }
    input:
      { broker: edge, topic: t, format: json, datatype: UINT8, shape: [2], scale: 0.5, offset: -1, fields: [x, y], partitions: 8 }
    output: { broker: site, topic: answers, format: kafka-ml }
    outputs: { prediction: p, features: f }
    labels: [no, "yes"]
    platform: { type: local, isolation: process }
    scaling: { minReplicas: 0, maxReplicas: 2, targetConcurrency: 3, idleTimeoutMs: 5 }
    outcomes: connector
    guarantee: at-least-once
    timeoutMs: 100
  - { name: b, model: b.keras, input: { broker: "memory:" }, output: { broker: site, topic: answers } }
`)
    assert.equal(name, 'digits')
    assert.deepEqual(retention, { ageMs: 90_000, sizeBytes: 2 ** 31 })
    const [first, second] = tiers
    assert.deepEqual(first, {
      name: 'a',
      functionName: 'digits-a',
      model: { kind: 'file', path: resolve(folder, 'a.keras') },
      exit: { metric: 'entropy', threshold: 0.3, from: 'logits', temperature: 1.5 },
      reading: { from: 'logits', temperature: 1.5 },
      input: {
        broker: 'memory:',
        topic: 't',
        partitions: 8,
        format: 'json',
        datatype: 'UINT8',
        shape: [2],
        scale: 0.5,
        offset: -1,
        fields: ['x', 'y'],
      },
      output: {
        broker: `embedded:${resolve('/data')}`,
        topic: 'answers',
        partitions: 4,
        format: 'kafka-ml',
      },
      upper: {
        name: 'b',
        model: { kind: 'file', path: resolve(folder, 'b.keras') },
        input: { broker: 'memory:', topic: 'b-input', partitions: 4 },
      },
      outputs: { prediction: 'p', features: 'f' },
      labels: ['no', 'yes'],
      platform: { type: 'local', isolation: 'process' },
      scaling: { minReplicas: 0, maxReplicas: 2, targetConcurrency: 3, idleTimeoutMs: 5 },
      outcomes: 'connector',
      guarantee: 'at-least-once',
      timeoutMs: 100,
    })
    assert.deepEqual(second?.labels, ['0', 'one'])
    assert.equal(second?.input.broker, 'memory:')
  })

  for (const [what, fields, expected] of [
    ['a path', 'schema: s/x.avsc', { schema: { kind: 'file', path: resolve(folder, 's/x.avsc') } }],
    [
      'a mapping',
      'schema: { type: array, items: float }',
      { schema: { kind: 'inline', text: '{"type":"array","items":"float"}' } },
    ],
    ['a list', 'schema: [bytes]', { schema: { kind: 'inline', text: '["bytes"]' } }],
    ['JSON', `schema: '"bytes"'`, { schema: { kind: 'inline', text: '"bytes"' } }],
    ['a registry', 'registry: "http://r:1/a"', { registry: { url: 'http://r:1/a' } }],
  ] as const) {
    it(`reads where Avro's schema is: ${what}`, () => {
      const text = `tiers: [{ model: a.keras, input: { format: avro, ${fields} } }]`
      const { schema, registry } = parse(text).tiers[0]?.input ?? {}
      assert.deepEqual({ ...(schema && { schema }), ...(registry && { registry }) }, expected)
    })
  }

  it('reads what the exit at the top gives', () => {
    const text = 'tiers: [{ model: a.keras, exit: { from: logits } }]'
    const [top] = parsePipeline(text, { file: 'fogline.yaml', folder }).tiers
    assert.equal(top?.exit, undefined)
    assert.deepEqual(top?.reading, { from: 'logits', temperature: 1 })
  })

  it('gives the same for JSON, for `exit: {}` and for no exit at all', () => {
    const short = parse('tiers: [a.keras, b.keras]')
    assert.deepEqual(parse('{"tiers": [{"model": "a.keras", "exit": {}}, "b.keras"]}'), short)
  })

  it('gives a value that nobody can change', () => {
    const { tiers } = parse('tiers: [a.keras]')
    assert.throws(() => Object.assign(tiers[0]?.input ?? {}, { topic: 'x' }), TypeError)
  })

  it('takes the only broker there is where none is named', () => {
    const { tiers } = parse('brokers: { here: memory }\ntiers: [a.keras]')
    assert.deepEqual([tiers[0]?.input.broker, tiers[0]?.output.broker], ['memory:', 'memory:'])
  })

  it('lets replicas start at more than the default maximum', () => {
    const { tiers } = parse('tiers: [{ model: a.keras, scaling: { minReplicas: 8 } }]')
    assert.equal(tiers[0]?.scaling.maxReplicas, 8)
  })

  for (const [models, names] of [
    ['Edge_Model v2.keras, b.h5', ['edge-model-v2', 'b']],
    ['a/m.keras, b/m.keras, c/m.keras', ['edge', 'fog', 'cloud']],
    ['a/m.keras, b/m.keras', ['tier-1', 'tier-2']],
    ['___.keras', ['tier-1']],
    ['{ model: a/m.keras, name: x }, b/m.keras', ['x', 'm']],
  ] as const) {
    it(`names the tiers of [${models}] ${names.join(', ')}`, () => {
      const { tiers } = parse(`tiers: [${models}]`)
      assert.deepEqual(
        tiers.map(({ name }) => name),
        names,
      )
    })
  }
})

/** The lines of the error that `text` gives, without the first one. */
function problems(text: string): readonly string[] {
  try {
    parse(text)
  } catch (error) {
    assert.ok(error instanceof FoglineError && error.code === 'ERR_CONFIG', String(error))
    const [head, ...lines] = error.message.split('\n')
    assert.match(head ?? '', /^Cannot use pipeline "fogline.yaml": \d+ problems?$/)
    return lines
  }
  return []
}

/** A file of tier `a` with these fields, and a tier `b` above it. */
const below = (fields: string) => `tiers:\n- { model: a.keras, ${fields} }\n- b.keras`

const refused: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a misspelt key',
    'tiers:\n  - model: a.keras\n    exit:\n      treshold: 1\n  - b.keras',
    ['4:7: tiers[0].exit.treshold: unknown key (did you mean "threshold"?)'],
  ],
  [
    'a key like no other',
    'tiers: [a.keras]\nqqqqqq: 1',
    ['2:1: qqqqqq: unknown key (known are name, labels, brokers, retention, tiers)'],
  ],
  [
    'a number out of range',
    below('exit: { threshold: 1.5 }'),
    ['2:40: tiers[0].exit.threshold: 1.5 is not allowed (a number from 0 to 1)'],
  ],
  [
    'text for a number',
    below('timeoutMs: soon'),
    ['2:32: tiers[0].timeoutMs: "soon" is not allowed (a whole number from 1 to 3600000)'],
  ],
  [
    'a word that is not one of a few',
    below('input: { format: protobuf }'),
    ['2:38: tiers[0].input.format: "protobuf" is not allowed (one of raw, json, avro)'],
  ],
  [
    'Avro without a schema',
    below('input: { format: avro }'),
    ['2:28: tiers[0].input.schema: is missing (format: avro needs schema or registry)'],
  ],
  [
    'a schema of raw records',
    below('input: { schema: x.avsc, registry: "http://r" }'),
    [
      '2:38: tiers[0].input.schema: is not allowed (only with format: avro)',
      '2:56: tiers[0].input.registry: is not allowed (only with format: avro)',
    ],
  ],
  [
    'a schema that is a number',
    below('input: { format: avro, schema: 5 }'),
    [
      '2:52: tiers[0].input.schema: 5 is not allowed (the path of an .avsc file, or the schema itself)',
    ],
  ],
  [
    'a password in an address',
    below('input: { format: avro, registry: "http://me:secret@r" }'),
    [
      '2:54: tiers[0].input.registry: holds a user name or a password (they do not belong into the file)',
    ],
  ],
  [
    'a registry that is no address',
    below('input: { format: avro, registry: "http://r:x" }'),
    [
      '2:54: tiers[0].input.registry: "http://r:x" is not allowed (the address of a schema registry, as http://registry:8081)',
    ],
  ],
  [
    'a password in what is no address',
    below('input: { format: avro, registry: "htp://me:hunter2@r" }'),
    [
      '2:54: tiers[0].input.registry: a value, not shown here, is not allowed (the address of a schema registry, as http://registry:8081)',
    ],
  ],
  [
    'a password in the address of a mapping',
    below(
      'input: { format: avro, registry: { url: "http://me:hunter2@r", username: me, password: { env: P } } }',
    ),
    [
      '2:54: tiers[0].input.registry: holds a user name or a password (they do not belong into the file)',
    ],
  ],
  [
    "a registry's password in the file",
    below(
      'input: { format: avro, registry: { url: "http://r", username: me, password: hunter2 } }',
    ),
    [
      '2:97: tiers[0].input.registry.password: a value, not shown here, is not allowed (a reference: { env: NAME } or { file: PATH })',
    ],
  ],
  [
    "a registry's user without password",
    below('input: { format: avro, registry: { url: "http://r", username: me } }'),
    [
      '2:54: tiers[0].input.registry.password: a value, not shown here, is not allowed (a reference: { env: NAME } or { file: PATH })',
    ],
  ],
  [
    'a platform that does not work yet',
    below('platform: { type: openfaas }'),
    ['2:39: tiers[0].platform.type: "openfaas" is not allowed (only "local")'],
  ],
  [
    'a list for a mapping',
    below('exit: [1]'),
    ['2:27: tiers[0].exit: a list is not allowed (a mapping)'],
  ],
  [
    'an empty value',
    'tiers: [a.keras]\nbrokers:',
    ['2:9: brokers: an empty value is not allowed (a mapping of names to addresses)'],
  ],
  ['no tiers', 'name: x', ['1:1: tiers: is missing (a list of 1 to 16)']],
  [
    'an empty list of tiers',
    'tiers: []',
    ['1:8: tiers: a list is not allowed (a list of 1 to 16)'],
  ],
  [
    'a tier that is a number',
    'tiers: [5]',
    ['1:9: tiers[0]: 5 is not allowed (the path or address of a model, or a mapping)'],
  ],
  [
    'a tier without a model',
    'tiers: [{ name: a }]',
    [`1:9: tiers[0].model: is missing (${MODEL_ALLOWED}; or a mapping with address)`],
  ],
  [
    'addresses of models that are not allowed',
    `tiers:
  - ftp://x/m.keras
  - http://x/m.keras?signature=hidden
  - model: kafka-ml+http://x/results
  - { model: { address: "http://x/m.h5", allowPrivate: true } }`,
    [
      `2:5: tiers[0].model: "ftp://x/m.keras" is not allowed (${MODEL_ALLOWED})`,
      '3:5: tiers[1].model: "http://x/m.keras?…" is not allowed (https:, or http: with allowHttp, or --allow-http)',
      '4:12: tiers[2].model: "kafka-ml+http://x/results" is not allowed (kafka-ml+http://HOST:PORT/RESULT, with the number of a training result)',
      '5:25: tiers[3].model.address: "http://x/m.h5" is not allowed (https:, or http: with allowHttp, or --allow-http)',
    ],
  ],
  [
    'credentials in the address of a model, which are not shown',
    'tiers: [{ model: "https://me:hunter2@x/m.h5" }]',
    [
      '1:18: tiers[0].model: "https://x/m.h5" is not allowed (no credentials here: a mapping with address and authorization)',
    ],
  ],
  [
    'an authorization in clear, which is not shown',
    'tiers: [{ model: { address: "https://x/m.h5", authorization: Bearer hunter2 } }]',
    [
      '1:62: tiers[0].model.authorization: a value, not shown here, is not allowed (a reference: { env: NAME } or { file: PATH })',
    ],
  ],
  [
    'what is wrong with the mapping of a model',
    'tiers: [{ model: { adress: x, sha256: abc, allowHttp: 1, signature: "" } }]',
    [
      `1:18: tiers[0].model.address: is missing (${MODEL_ALLOWED})`,
      '1:20: tiers[0].model.adress: unknown key (did you mean "address"?)',
      '1:39: tiers[0].model.sha256: "abc" is not allowed (a sha256 of 64 hexadecimal digits)',
      '1:55: tiers[0].model.allowHttp: 1 is not allowed (true or false)',
      '1:69: tiers[0].model.signature: "" is not allowed (the name of a signature)',
    ],
  ],
  [
    'rules of a network for a file',
    'tiers: [{ model: { address: m.h5, allowHttp: true, allowPrivate: true } }]',
    [
      '1:46: tiers[0].model.allowHttp: is not allowed (only with the address of a server)',
      '1:66: tiers[0].model.allowPrivate: is not allowed (only with the address of a server)',
    ],
  ],
  [
    'a broker that nobody named',
    'brokers: { site: memory }\ntiers: [{ model: a.keras, input: { broker: side } }]',
    ['2:44: tiers[0].input.broker: unknown broker "side" (did you mean "site"?)'],
  ],
  [
    'a choice among brokers that is left open',
    'brokers: { a: memory, b: "embedded:x" }\ntiers: [a.keras]',
    ['2:9: tiers[0].input.broker: is missing (one of a, b)'],
  ],
  [
    'two tiers of one name',
    'tiers: [{ name: x, model: a.keras }, { name: x, model: b.keras, input: { topic: u } }]',
    ['1:46: tiers[1].name: "x" is the name of tiers[0] already'],
  ],
  [
    'a name that is no DNS label',
    'tiers: [{ name: Edge_1, model: a.keras }]',
    [
      '1:17: tiers[0].name: "Edge_1" is not allowed (at most 63 of a-z, 0-9 and "-", first and last no "-")',
    ],
  ],
  [
    'names that are too long together',
    `name: ${'p'.repeat(40)}\ntiers: [{ name: ${'t'.repeat(30)}, model: a.keras }]`,
    [
      `2:17: tiers[0].name: function name "${'p'.repeat(40)}-${'t'.repeat(30)}" has 71 characters (at most 63)`,
    ],
  ],
  [
    'an exit at the top',
    'tiers: [{ model: a.keras, exit: { threshold: 0.5 } }]',
    ['1:46: tiers[0].exit.threshold: is not allowed (the top tier answers every sample)'],
  ],
  [
    'features at the top',
    'tiers: [{ model: a.keras, outputs: { features: f } }]',
    [
      '1:48: tiers[0].outputs.features: is not allowed (there is no tier above to hand features to)',
    ],
  ],
  [
    'answers on the topic of samples',
    below('input: { topic: t }, output: { topic: t }'),
    ['2:59: tiers[0].output.topic: topic "t" is input of tiers[0] already'],
  ],
  [
    'two tiers of one input topic',
    'tiers: [{ model: a.keras, input: { topic: b-input } }, b.keras]',
    ['1:56: tiers[1].input.topic: topic "b-input" is input of tiers[0] already'],
  ],
  [
    'answers among dead letters',
    below('output: { topic: a-input.dlq }'),
    ['2:38: tiers[0].output.topic: topic "a-input.dlq" is dead letters of tiers[0] already'],
  ],
  [
    'one output topic on two brokers',
    'tiers: [{ model: a.keras, output: { topic: t, broker: memory } }, { model: b.keras, output: { topic: t } }]',
    ['1:102: tiers[1].output.topic: topic "t" is output of tiers[0] already'],
  ],
  [
    'a name that is no topic',
    below('input: { topic: a/b }'),
    [
      '2:37: tiers[0].input.topic: "a/b" is not allowed (at most 245 of a-z, A-Z, 0-9, ".", "_" and "-")',
    ],
  ],
  [
    'fewer replicas at most than at least',
    below('scaling: { minReplicas: 3, maxReplicas: 2 }'),
    ['2:61: tiers[0].scaling.maxReplicas: 2 is not allowed (at least minReplicas, 3)'],
  ],
  [
    'fields of raw records',
    below('input: { fields: [x] }'),
    ['2:38: tiers[0].input.fields: is not allowed (only with format: json or avro)'],
  ],
  [
    'fields that do not make the shape',
    below('input: { format: json, fields: [x, y], shape: [3] }'),
    ['2:52: tiers[0].input.fields: names 2 fields (shape has 3 numbers)'],
  ],
  [
    'exactly once over two brokers',
    below('guarantee: exactly-once, output: { broker: memory }'),
    [
      '2:32: tiers[0].guarantee: "exactly-once" is not allowed (it needs input, output and the next tier on one broker)',
    ],
  ],
  [
    'funnels to what is not Kafka',
    below('outcomes: funnel, input: { broker: memory }'),
    [
      '2:31: tiers[0].outcomes: "funnel" is not allowed (it needs output and the next tier on Kafka)',
    ],
  ],
  [
    'funnels that would need secrets',
    'brokers: { k: { address: "kafka://h", tls: true } }\ntiers: [{ model: a.keras, outcomes: funnel, output: { broker: k } }]',
    ['2:37: tiers[0].outcomes: "funnel" is not allowed (funnels are given no `tls` and `sasl`)'],
  ],
  [
    'funnels that write exactly once',
    'tiers: [{ model: a.keras, outcomes: funnel, guarantee: exactly-once, input: { broker: "kafka://h" } }]',
    [
      '1:37: tiers[0].outcomes: "funnel" is not allowed (exactly-once needs `outcomes: connector`, which writes and commits in one transaction)',
    ],
  ],
  [
    'a tier by the name of a funnel',
    'name: p\ntiers: [{ name: a, model: a.keras, outcomes: funnel, input: { broker: "kafka://h" } }, { name: a-next-funnel, model: b.keras, input: { broker: "kafka://h" } }]',
    [
      '2:17: tiers[0].name: function name "p-a-next-funnel" is wanted for a funnel and for tier "a-next-funnel"',
    ],
  ],
  [
    'several problems, in the order of the file',
    'nme: 1\ntiers:\n  - { modle: 1, exit: { threshold: 2 } }',
    [
      '1:1: nme: unknown key (did you mean "name"?)',
      `3:5: tiers[0].model: is missing (${MODEL_ALLOWED}; or a mapping with address)`,
      '3:7: tiers[0].modle: unknown key (did you mean "model"?)',
      '3:36: tiers[0].exit.threshold: 2 is not allowed (a number from 0 to 1)',
    ],
  ],
]

describe('parsePipeline() refuses', () => {
  for (const [what, text, lines] of refused) {
    it(what, () => {
      assert.deepEqual(
        problems(text),
        lines.map((line) => `fogline.yaml:${line}`),
      )
    })
  }

  const hostile: readonly (readonly [string, string, RegExp])[] = [
    [
      'an empty file',
      '',
      /^fogline.yaml:1:1: an empty value is not allowed \(a mapping with tiers\)/,
    ],
    ['broken YAML', 'tiers: [a.keras\nname: b', /^fogline.yaml:2:\d+: /],
    ['a key that is there twice', 'name: a\nname: b\ntiers: [a]', /^fogline.yaml:2:1: Map keys/],
    ['two documents', 'tiers: [a]\n---\ntiers: [b]', /:2:1: a second document is not allowed/],
    ['a foreign tag', 'tiers: !!js/function a', /:1:8: Unresolved tag/],
    ['an alias of nothing', 'tiers: [*a]', /:1:9: Unresolved alias/],
    ['endless nesting', `tiers: ${'['.repeat(50_000)}`, /nested too deeply/],
    ['keys that are no text', '? [a]\n: b', /keys must be strings/],
    ['__proto__ as a key', 'tiers: [a]\n__proto__: { name: x }', /:2:1: __proto__: unknown key/],
  ]
  for (const [what, text, line] of hostile) {
    it(what, () => assert.match(problems(text)[0] ?? '', line))
  }

  it('aliases that stand for gigabytes', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const aliases = Array.from({ length: 10 }, () => `*a${level}`).join(', ')
      return `a${level + 1}: &a${level + 1} [${aliases}]`
    })
    assert.match(problems(['a0: &a0 x', ...levels].join('\n'))[0] ?? '', /Excessive alias count/)
  })

  it('no more than twenty lines', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `wrong${index}: 1`)
    const lines = problems(['tiers: [a.keras]', ...keys].join('\n'))
    assert.deepEqual([lines.length, lines.at(-1)], [21, '… and 10 more'])
  })
})
