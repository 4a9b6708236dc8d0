import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { Tensor } from '../src/core/tensor.ts'
import { loadSection } from '../src/models/load.ts'
import { findCuts } from '../src/models/split/find-cuts.ts'
import { type Split, type SplitOptions, splitModel } from '../src/models/split/split-model.ts'
import { isFoglineError } from '../src/std/errors.ts'
import { assertClose, goldenNames, openGolden } from './fixtures/golden.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-split-'))
after(() => rmSync(FOLDER, { recursive: true }))

/** Against Keras: of the largest value, at least of 1. Against the whole, which rounds alike: less. */
const TOLERANCE = 1e-5
const TOLERANCE_WHOLE = 1e-6

interface Cuts {
  readonly at: readonly string[]
  readonly exits?: readonly string[]
  /** What each tier takes, exits at and hands up. */
  readonly sections: readonly string[]
}

/** How each model of tools/golden/multi_exit.py is cut. */
const CUTS: Readonly<Record<string, Cuts>> = {
  residual: {
    at: ['edge_features', 'fog_features'],
    sections: [
      'image > edge_exit, edge_features',
      'edge_features > fog_exit, fog_features',
      'fog_features > cloud_exit',
    ],
  },
  mlp: { at: ['squeeze'], sections: ['readings > edge_exit, squeeze', 'squeeze > cloud_exit'] },
  nested: {
    at: ['edge:1', 'fog:1'],
    sections: ['output_0 > edge, edge_1', 'edge_1 > fog, fog_1', 'fog_1 > cloud'],
  },
  shared: {
    at: ['edge_features', 'fog_features'],
    sections: [
      'image > head, edge_features',
      'edge_features > head_1, fog_features',
      'fog_features > head_2',
    ],
  },
  backwards: {
    at: ['features'],
    sections: ['readings > edge_exit, features', 'features > cloud_exit'],
  },
  recurrent: {
    at: ['edge_lstm', 'fog_gru'],
    sections: [
      'window > edge_exit, edge_lstm',
      'edge_lstm > fog_exit, fog_gru',
      'fog_gru > cloud_exit',
    ],
  },
  open_steps: { at: ['steps'], sections: ['window > edge_exit, steps', 'steps > cloud_exit'] },
  masked: { at: ['words'], sections: ['tokens > edge_exit, words', 'words > cloud_exit'] },
  top_first: {
    at: ['features'],
    exits: ['edge_exit', 'cloud_exit'],
    sections: ['readings > edge_exit, features', 'features > cloud_exit'],
  },
  half: { at: ['features'], sections: ['image > edge, features', 'features > cloud'] },
}

const ARCHIVES = goldenNames().filter((name) => name.startsWith('multi_exit.'))

function pathOf(archive: string, file: string): string {
  const path = join(FOLDER, `${archive}.${file}`)
  writeFileSync(path, openGolden(archive).read(file))
  return path
}

function tiersOf(at: readonly string[]): readonly string[] {
  return Array.from({ length: at.length + 1 }, (_, index) => `tier${index + 1}`)
}

function wiring({ sections }: Split): readonly string[] {
  return sections.map(({ inputs, outputs }) => {
    return `${inputs.map(({ name }) => name)} > ${outputs.map(({ name }) => name).join(', ')}`
  })
}

/** The sections' answers in a row, each section from a file of its own. */
async function answersOf(split: Split, inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
  const answers: Tensor[] = []
  let fed = inputs
  for (const { tier, onnx } of split.sections) {
    const path = join(FOLDER, `${tier}.onnx`)
    writeFileSync(path, onnx)
    const section = await loadSection(path)
    const [answer, ...features] = await section.run(fed)
    await section.close()
    assert.ok(answer)
    answers.push(answer)
    fed = features
  }
  return answers
}

for (const archive of ARCHIVES) {
  const golden = openGolden(archive)
  describe(`splitModel, on ${archive} of Keras ${golden.keras}`, () => {
    for (const { files, inputs, outputs, tolerance = TOLERANCE } of golden.cases) {
      for (const file of files.filter((each) => !each.startsWith('masked_around.'))) {
        it(`gives sections that answer in a row as the whole does: ${file}`, async () => {
          const cuts = CUTS[file.split('.')[0] ?? '']
          assert.ok(cuts, `no cuts for ${file}`)
          const path = pathOf(archive, file)
          const { at, exits } = cuts
          const split = await splitModel(path, {
            at,
            tiers: tiersOf(at),
            ...(exits && { exits }),
          })
          assert.deepEqual(wiring(split), cuts.sections)
          const isOpen = split.sections[0]?.inputs[0]?.shape.slice(1).includes(-1)
          assert.ok(
            isOpen ? split.difference === undefined : Number(split.difference) <= TOLERANCE_WHOLE,
          )
          const whole = await loadSection(path)
          const expected = await whole.run(inputs)
          await whole.close()
          const answers = await answersOf(split, inputs)
          for (const [index, { exitIndex, prediction: name }] of split.sections.entries()) {
            const answer = answers[index]
            assertClose(answer, expected[exitIndex], { name, tolerance: TOLERANCE_WHOLE })
            assertClose(answer, outputs[exitIndex], { name, tolerance })
          }
        })
      }
    }
  })
}

describe('splitModel', () => {
  const residual = pathOf('multi_exit.keras3.zip', 'residual.keras')
  const refusals: readonly (readonly [string, Partial<SplitOptions>, RegExp])[] = [
    [
      'an unknown layer',
      { at: ['edge_featuers'] },
      /model has no layer "edge_featuers" \(did you mean "edge_features"\?\)$/,
    ],
    ['an input', { at: ['image'] }, /"image" is an input \(expected a layer above it\)$/],
    [
      'an output that a layer does not have',
      { at: ['edge_features:1'] },
      /layer "edge_features" has no output 1 \(expected edge_features:0\)$/,
    ],
    [
      'layers from the top down',
      { at: ['fog_features', 'edge_features'] },
      /layer "fog_features" lies above "edge_features" \(name layers from the data up\)$/,
    ],
    [
      'a layer beside the trunk',
      { at: ['edge_features', 'edge_exit'] },
      /tier "tier3" has no exit: outputs are "fog_exit" above "edge_features", "cloud_exit" above/,
    ],
    [
      'a cut that a residual connection goes round',
      { at: ['edge_conv', 'fog_features'] },
      /cut at "edge_conv" is no separator: tier "tier2" also needs layer "stem" \(cut where one/,
    ],
    [
      'a tier without an exit',
      { at: ['edge_features', 'fog_features', 'cloud_dense'] },
      /tier "tier3" has no exit: outputs are "edge_exit" above "edge_features", /,
    ],
    [
      'exits that do not fit their tiers',
      { at: ['edge_features', 'fog_features'], exits: ['fog_exit', 'cloud_exit', 'edge_exit'] },
      /exit "fog_exit" needs "fog_features", which lies above tier "tier1"$/,
    ],
    [
      'an exit that is none',
      { at: ['edge_features'], exits: ['edge_exit', 'fog_features'] },
      /model has no exit "fog_features" \(expected among "edge_exit", "fog_exit", "cloud_exit"\)$/,
    ],
    [
      'more outputs than tiers',
      { at: ['edge_features'] },
      /tier "tier1" could exit at "edge_exit" or "fog_exit" or "cloud_exit" \(say which: --exits /,
    ],
  ]
  for (const [what, options, expected] of refusals) {
    it(`refuses ${what}`, async () => {
      const at = options.at ?? []
      await assert.rejects(
        splitModel(residual, { at, tiers: tiersOf(at), ...options }),
        (error) => {
          assert.ok(isFoglineError(error, 'ERR_MODEL'), String(error))
          assert.match(error.message, expected)
          assert.match(error.message, /^Cannot split model "[^\n]+$/)
          return true
        },
      )
    })
  }

  it('asks for exits where the order of outputs and their costs disagree', async () => {
    const path = pathOf('multi_exit.keras3.zip', 'top_first.keras')
    await assert.rejects(
      splitModel(path, { at: ['features'], tiers: ['edge', 'cloud'] }),
      /tier "edge" could exit at "cloud_exit" or "edge_exit" \(say which: --exits with 2 names/,
    )
  })

  for (const [archive, file, what] of [
    ['multi_exit.keras3.zip', 'masked_around.keras', 'layer "not_equal"'],
    ['multi_exit.keras3.zip', 'masked_around.h5', 'layer "not_equal"'],
    ['multi_exit.keras2.zip', 'masked_around.h5', 'input "tokens"'],
  ] as const) {
    it(`refuses a cut that a mask goes round, which needs ${what}: ${archive}, ${file}`, async () => {
      await assert.rejects(
        splitModel(pathOf(archive, file), { at: ['steps'], tiers: ['edge', 'cloud'] }),
        new RegExp(`"steps" is no separator: tier "cloud" also needs ${what} \\(cut`),
      )
    })
  }

  it('leaves out an output that no tier is to exit at', async () => {
    const options = { at: ['edge_features'], tiers: ['a', 'b'], exits: ['edge_exit', 'cloud_exit'] }
    const split = await splitModel(residual, options)
    assert.deepEqual(split.unused, ['fog_exit'])
    assert.deepEqual(wiring(split), [
      'image > edge_exit, edge_features',
      'edge_features > cloud_exit',
    ])
  })
})

describe('findCuts', () => {
  it('lists where one tensor carries all that lies above, from the data up', async () => {
    const found = await findCuts(pathOf('multi_exit.keras3.zip', 'residual.keras'))
    assert.deepEqual(
      found.places.map(({ at, handedUp, exitsBelow }) => `${at} ${handedUp.shape}: ${exitsBelow}`),
      [
        'stem -1,10,10,4: ',
        'add -1,10,10,4: ',
        'edge_features -1,10,10,4: ',
        'add_1 -1,5,5,6: edge_exit',
        'fog_features -1,5,5,6: edge_exit',
        'concatenate -1,5,5,14: edge_exit,fog_exit',
        'flatten_1 -1,350: edge_exit,fog_exit',
        'cloud_dense -1,24: edge_exit,fog_exit',
      ],
    )
  })

  for (const { files } of openGolden('multi_exit.keras3.zip').cases) {
    for (const file of files) {
      it(`finds places where the model can be cut indeed: ${file}`, async () => {
        const path = pathOf('multi_exit.keras3.zip', file)
        const whole = await loadSection(path)
        const names = whole.outputs.map(({ name }) => name)
        await whole.close()
        const { places } = await findCuts(path)
        assert.ok(places.length > 0)
        for (const { at, exitsBelow } of places) {
          const lower = exitsBelow[0] ?? names.find((name) => !isTop(name))
          const top = names.find(isTop)
          assert.ok(lower && top)
          const { sections } = await splitModel(path, {
            at: [at],
            tiers: ['edge', 'cloud'],
            exits: [lower, top],
          })
          assert.equal(sections.length, 2)
        }
      })
    }
  }
})

/** Whether an output of tools/golden/multi_exit.py is the end of its trunk. */
function isTop(name: string): boolean {
  return name.startsWith('cloud') || name === 'head_2'
}
