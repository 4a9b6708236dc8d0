import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parsePipeline } from './parse-pipeline.ts'
import { selectTiers } from './select-tiers.ts'
import { topicsByBroker } from './topics.ts'

const pipeline = parsePipeline(
  `
brokers: { here: memory, there: "embedded:/there" }
tiers:
  - { model: edge.keras, input: { broker: here } }
  - { model: fog.keras, input: { broker: there, partitions: 8 }, output: { broker: here } }
  - { model: cloud.keras, input: { broker: there } }
`,
  { file: 'fogline.yaml', folder: '/' },
)

const rows: readonly (readonly [readonly string[], Record<string, readonly string[]>])[] = [
  [
    [],
    {
      'memory:': ['edge-input', 'edge-input.dlq', 'edge-output', 'fog-output'],
      'embedded:/there': [
        'fog-input',
        'fog-input.dlq',
        'cloud-input',
        'cloud-input.dlq',
        'cloud-output',
      ],
    },
  ],
  [
    ['edge'],
    {
      'memory:': ['edge-input', 'edge-input.dlq', 'edge-output'],
      'embedded:/there': ['fog-input'],
    },
  ],
  [['cloud'], { 'embedded:/there': ['cloud-input', 'cloud-input.dlq', 'cloud-output'] }],
]
for (const [tiers, topics] of rows) {
  it(`topicsByBroker() has what ${tiers.length === 0 ? 'all tiers need' : `${tiers} needs`}`, () => {
    const found = [...topicsByBroker(selectTiers(pipeline, tiers))].map(
      ([key, specs]) => [key, specs.map(({ name }) => name).toSorted()] as const,
    )
    const expected = Object.entries(topics).map(([key, names]) => [key, names.toSorted()])
    assert.deepEqual(found, expected)
  })
}

it("topicsByBroker() gives the input of a tier elsewhere that one's partitions", () => {
  const topics = topicsByBroker(selectTiers(pipeline, ['edge'])).get('embedded:/there')
  assert.equal(topics?.[0]?.partitions, 8)
})
