import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openGolden } from '../../tests/fixtures/golden.ts'
import { inspectModel } from './inspect.ts'
import { splitModel } from './split/split-model.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-inspect-'))
after(() => rmSync(FOLDER, { recursive: true }))

const EDGE = fileURLToPath(new URL('../../examples/digits/models/edge.keras', import.meta.url))

it('inspectModel() counts the multiply-accumulates of each layer, and of all', async () => {
  const { layers, multiplyAccumulates, weightBytes } = await inspectModel(EDGE)
  const counts = Object.fromEntries(
    layers.map(({ name, multiplyAccumulates: count }) => [name, count]),
  )
  const expected = {
    image: 0,
    edge_conv: 14 * 14 * 8 * 5 * 5,
    edge_depthwise: 7 * 7 * 8 * 3 * 3,
    edge_features: 7 * 7 * 8 * 8,
    edge_flatten: 0,
    edge_exit: 392 * 10,
  }
  assert.deepEqual(counts, expected)
  assert.equal(
    multiplyAccumulates,
    Object.values(expected).reduce((sum, count) => sum + count),
  )
  assert.ok(weightBytes >= 4290 * 4 && weightBytes < 4290 * 4 + 256, `${weightBytes}`)
})

it('inspectModel() times a run of one sample, and sees what comes out', async () => {
  let readings = 0
  const { cost } = await inspectModel(EDGE, { nowMs: () => readings++ })
  assert.deepEqual(cost, { kind: 'measured', latencyMsP50: 1, runs: 50, outputBytes: [40, 1568] })
})

it('inspectModel() stops after some time, but not before three runs', async () => {
  let readings = 0
  const { cost } = await inspectModel(EDGE, { nowMs: () => 1000 * readings++ })
  assert.ok(cost.kind === 'measured')
  assert.equal(cost.runs, 3)
})

it('inspectModel() runs nothing where it is told so, and says what it does not know', async () => {
  const { cost, multiplyAccumulates, layers } = await inspectModel(EDGE, { isRun: false })
  assert.deepEqual(cost, { kind: 'unknown', reason: 'it was not run' })
  assert.equal(multiplyAccumulates, undefined)
  assert.equal(layers.find(({ name }) => name === 'edge_flatten')?.multiplyAccumulates, 0)
  assert.equal(layers.find(({ name }) => name === 'edge_conv')?.multiplyAccumulates, undefined)
})

it('inspectModel() finds as many multiply-accumulates in sections as in the whole, and all layers', async () => {
  const path = join(FOLDER, 'residual.keras')
  writeFileSync(path, openGolden('multi_exit.keras3.zip').read('residual.keras'))
  const whole = await inspectModel(path)
  const split = await splitModel(path, {
    at: ['edge_features', 'fog_features'],
    tiers: ['edge', 'fog', 'cloud'],
  })
  let inSections = 0
  for (const { tier, onnx } of split.sections) {
    const file = join(FOLDER, `${tier}.onnx`)
    writeFileSync(file, onnx)
    inSections += (await inspectModel(file)).multiplyAccumulates ?? Number.NaN
  }
  assert.equal(whole.multiplyAccumulates, inSections)
  const inLayers = whole.layers.reduce(
    (sum, each) => sum + (each.multiplyAccumulates ?? Number.NaN),
    0,
  )
  assert.equal(inLayers, inSections)
})

it('inspectModel() counts the steps of a loop, where a mask decides which count', async () => {
  const path = join(FOLDER, 'masked.keras')
  writeFileSync(path, openGolden('multi_exit.keras3.zip').read('masked.keras'))
  const { layers } = await inspectModel(path)
  const lstm = layers.find(({ name }) => name === 'words')
  assert.equal(lstm?.multiplyAccumulates, 7 * (4 + 5) * 4 * 5)
})

it('inspectModel() runs a model of any size on a sample of the shape that it is told', async () => {
  const path = join(FOLDER, 'open.keras')
  writeFileSync(path, openGolden('multi_exit.keras3.zip').read('open_steps.keras'))
  const open = await inspectModel(path)
  assert.deepEqual(open.cost, { kind: 'unknown', reason: 'input "window" is of any size' })
  const { layers } = await inspectModel(path, { shapes: new Map([['window', [11, 3]]]) })
  const steps = layers.find(({ name }) => name === 'steps')
  assert.equal(steps?.multiplyAccumulates, 11 * (3 + 4) * 3 * 4)
  for (const [name, shape, expected] of [
    ['', [11, 4], /input "window" takes \[-1, 3\], -1 for any size \(not \[11, 4\]\)$/],
    ['other', [11, 3], /there is no input "other"$/],
  ] as const) {
    await assert.rejects(inspectModel(path, { shapes: new Map([[name, shape]]) }), expected)
  }
})
