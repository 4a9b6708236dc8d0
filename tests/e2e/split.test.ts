import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Tensor } from '../../src/core/tensor.ts'
import { readNpy, writeNpy } from '../../src/formats/npy.ts'
import { assertClose, openGolden } from '../fixtures/golden.ts'
import { fogline, startUp } from './processes.ts'

const TIERS = ['edge', 'fog', 'cloud'] as const
const ARGS = ['split', 'net.keras', '--at', 'edge_features,fog_features']

const golden = openGolden('multi_exit.keras3.zip')
const residual = golden.cases.find(({ files }) => files.includes('residual.keras'))
const [image] = residual?.inputs ?? []
const state = { folder: '' }

before(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'fogline-split-cli-'))
  assert.ok(image)
  await writeFile(join(state.folder, 'net.keras'), golden.read('residual.keras'))
  await writeFile(join(state.folder, 'images.npy'), writeNpy(image))
})

after(() => rm(state.folder, { recursive: true, force: true }))

const npy = async (...path: readonly string[]): Promise<Tensor> =>
  readNpy(await readFile(join(state.folder, ...path)))

describe('fogline split', () => {
  it('writes sections that predict in a row what Keras does of the whole', async () => {
    const split = await fogline([...ARGS, '--out', 'models'], state.folder)
    assert.equal(split.code, 0, split.stderr)
    assert.match(split.stdout, /^edge +models\/net-edge\.onnx +image \[n, 10, 10, 2\] +edge_exit /m)
    assert.match(split.stdout, /^In a row they answer as the whole does, /m)
    assert.match(split.stdout, /outputs: \{ prediction: fog_exit, features: fog_features \}/)
    let fed = 'images.npy'
    for (const [index, tier] of TIERS.entries()) {
      const args = ['predict', `models/net-${tier}.onnx`, fed, '--out', tier]
      const { code, stderr } = await fogline(args, state.folder)
      assert.equal(code, 0, stderr)
      assertClose(await npy(tier, `0-${tier}_exit.npy`), residual?.outputs[index], {
        name: tier,
        tolerance: 1e-5,
      })
      fed = join(tier, `1-${tier}_features.npy`)
    }
  })

  it('shows where a model may be cut', async () => {
    const { code, stdout } = await fogline(['split', 'net.keras'], state.folder)
    assert.equal(code, 0)
    assert.match(stdout, /^edge_features +\[n, 10, 10, 4\] +1600 +-$/m)
    assert.doesNotMatch(stdout, /^edge_conv /m)
  })

  it('writes over nothing without --force', async () => {
    const { code, stdout, stderr } = await fogline([...ARGS, '--out', 'models'], state.folder)
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^fogline: Cannot write ".*net-edge\.onnx": it exists \(--force [^\n]+\n$/)
    assert.equal((await fogline([...ARGS, '--out', 'models', '--force'], state.folder)).code, 0)
  })

  it('says what a tier above a cut would need besides', async () => {
    const args = ['split', 'net.keras', '--at', 'edge_conv,fog_features', '--out', 'none']
    const { code, stderr } = await fogline(args, state.folder)
    assert.equal(code, 1)
    assert.match(
      stderr,
      /"edge_conv" is no separator: tier "fog" also needs layer "stem" [^\n]+\n$/,
    )
  })

  it('writes a pipeline file that runs: each answer is that of Keras at its exit', async () => {
    const args = [...ARGS, '--out', 'parts', '--pipeline', 'fogline.yaml', '--json']
    const split = await fogline(args, state.folder)
    assert.equal(split.code, 0, split.stderr)
    const { sections } = JSON.parse(split.stdout) as { sections: readonly { tier: string }[] }
    assert.deepEqual(
      sections.map(({ tier }) => tier),
      TIERS,
    )
    const inspected = await fogline(['inspect', 'fogline.yaml'], state.folder)
    assert.match(inspected.stdout, /^edge +parts\/net-edge\.onnx +\d+ .* 21620 .* ms +1\.6 kB$/m)
    await using up = await startUp(state.folder, 0)
    const send = ['send', 'edge', 'images.npy', '--id-prefix', 's', '--url', up.url]
    const sent = await fogline(send, state.folder)
    assert.match(sent.stdout, /^sent 3 of 3 samples/, sent.stderr)
    const tail = ['tail', '--from', 'earliest', '--count', '3', '--json', '--url', up.url]
    const { stdout } = await fogline(tail, state.folder)
    for (const line of stdout.trim().split('\n')) {
      const { value } = JSON.parse(line) as { readonly value: TailedAnswer }
      const expected = residual?.outputs[TIERS.indexOf(value.tier)]
      const row = Number(value.id.slice(2)) * 5
      const wanted = expected?.data.subarray(row, row + 5)
      assert.equal(value.values.length, wanted?.length)
      for (const [index, probability] of value.values.entries()) {
        assert.ok(Math.abs(probability - Number(wanted?.[index])) <= 1e-5, line)
      }
    }
  })
})

interface TailedAnswer {
  readonly id: string
  readonly tier: (typeof TIERS)[number]
  readonly values: readonly number[]
}
