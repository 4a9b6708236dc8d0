import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePipeline } from './parse-pipeline.ts'
import { selectTiers } from './select-tiers.ts'

const origin = { file: 'fogline.yaml', folder: '/somewhere' }
const pipeline = parsePipeline('tiers: [edge.keras, fog.keras, cloud.keras]', origin)

describe('selectTiers()', () => {
  for (const [names, selected] of [
    [[], ['edge', 'fog', 'cloud']],
    [['fog'], ['fog']],
    [
      ['cloud', 'edge', 'edge'],
      ['edge', 'cloud'],
    ],
  ] as const) {
    it(`gives ${selected} for ${names.length === 0 ? 'no name' : names}`, () => {
      const { tiers } = selectTiers(pipeline, names)
      assert.deepEqual(
        tiers.map(({ name }) => name),
        selected,
      )
    })
  }

  it('leaves a tier what it knows of the one above', () => {
    const [fog] = selectTiers(pipeline, ['fog']).tiers
    assert.equal(fog?.upper?.input.topic, 'cloud-input')
  })

  for (const [name, hint] of [
    ['egde', 'did you mean "edge"?'],
    ['site', 'known are edge, fog, cloud'],
  ] as const) {
    it(`refuses "${name}" with a hint`, () => {
      assert.throws(() => selectTiers(pipeline, ['edge', name]), {
        code: 'ERR_ARGUMENT',
        message: `Cannot select tier "${name}": there is none (${hint})`,
      })
    })
  }
})
