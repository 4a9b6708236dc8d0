import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readNpy, writeNpy } from '../../src/formats/npy.ts'
import { startModelServer } from '../fixtures/model-server.ts'
import { digitsFile, fogline, startUp, type Up } from './processes.ts'

const state = { folder: '' }

before(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'fogline-cli-'))
  assert.equal((await fogline(['init'], state.folder)).code, 0)
})

after(() => rm(state.folder, { recursive: true, force: true }))

/** The first digits as a batch of FP32 in 0..1, [count, 28, 28, 1]. */
async function digitsNpy(count: number): Promise<Uint8Array> {
  const pixels = (await readFile(digitsFile('digits.u8'))).subarray(0, count * 784)
  const data = Float32Array.from(pixels, (pixel) => pixel / 255)
  return writeNpy({ datatype: 'FP32', shape: [count, 28, 28, 1], data })
}

describe('fogline', () => {
  it('prints its help with examples, and the nearest command for a misspelt one', async () => {
    const help = await fogline(['--help'], state.folder)
    assert.equal(help.code, 0)
    assert.match(help.stdout, /fogline demo/)
    const misspelt = await fogline(['vaildate'], state.folder)
    assert.equal(misspelt.code, 1)
    assert.match(misspelt.stderr, /Did you mean validate\?/)
  })

  it('validate says what is wrong, where, and what is meant', async () => {
    assert.equal((await fogline(['validate'], state.folder)).code, 0)
    await writeFile(join(state.folder, 'bad.yaml'), 'tiers:\n  - modell: a.keras\n')
    const { code, stdout, stderr } = await fogline(['validate', 'bad.yaml'], state.folder)
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /bad\.yaml:2:5: tiers\[0\]\.modell: .*did you mean "model"\?/)
  })

  it('validate never shows a secret, and says which is missing', async () => {
    const write = (password: string) =>
      writeFile(
        join(state.folder, 'secret.yaml'),
        `brokers:\n  b:\n    address: kafka://h\n    sasl: { mechanism: plain, username: u, password: ${password} }\ntiers: [models/edge.keras]\n`,
      )
    await writeFile(join(state.folder, 'password'), 'hunter2\n')
    for (const [password, code, expected] of [
      ['{ file: password }', 0, /"mechanism":"PLAIN"/],
      ['hunter2', 1, /4:54: brokers\.b\.sasl\.password: a value, not shown here, is not allowed/],
      ['{ file: missing }', 1, /brokers\.b\.sasl\.password: file ".*missing" does not exist\n/],
    ] as const) {
      await write(password)
      const ended = await fogline(['validate', 'secret.yaml', '--json', '--verbose'], state.folder)
      assert.equal(ended.code, code, ended.stderr)
      assert.match(ended.stdout + ended.stderr, expected)
      assert.doesNotMatch(ended.stdout + ended.stderr, /hunter2/)
    }
  })

  it('inspect --json prints one document', async () => {
    const { code, stdout } = await fogline(
      ['inspect', digitsFile('models', 'edge.keras'), '--json'],
      state.folder,
    )
    assert.equal(code, 0)
    const summary = JSON.parse(stdout) as { roles: unknown; parameters: number }
    assert.deepEqual(summary.roles, { prediction: 'edge_exit', features: 'edge_features' })
    assert.equal(summary.parameters, 4290)
  })

  it('inspect gets a model from a server where that is allowed, and shows no credentials', async () => {
    const model = await readFile(digitsFile('models', 'cloud.keras'))
    await using server = await startModelServer((_request, response) => response.end(model))
    const address = `${server.origin.replace('//', '//me:hunter2@')}/cloud.keras?token=hunter2`
    const refused = await fogline(['inspect', address, '--allow-http'], state.folder)
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /a private address/)
    assert.equal(server.requests.length, 0)
    const allowed = ['inspect', address, '--allow-http', '--allow-private', '--verbose']
    const { code, stdout, stderr } = await fogline(allowed, state.folder)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^http:\/\/127.*\/cloud\.keras\?…: keras, written by Keras 3/)
    assert.match(stderr, /Model is fetched/)
    assert.doesNotMatch(refused.stderr + stdout + stderr, /hunter2/)
    assert.match(server.requests[0]?.headers.authorization ?? '', /^Basic /)
  })

  it('inspect of a pipeline file says what each tier costs', async () => {
    const { code, stdout } = await fogline(['inspect', 'fogline.yaml'], state.folder)
    assert.equal(code, 0)
    assert.match(stdout, /^edge +models\/edge\.keras +4290 +17 kB +49784 +\d+\.\d+ ms +1\.6 kB$/m)
    assert.match(stdout, /^cloud .* -$/m)
    const json = await fogline(['inspect', 'fogline.yaml', '--no-run', '--json'], state.folder)
    const { tiers } = JSON.parse(json.stdout) as { tiers: readonly Record<string, unknown>[] }
    assert.deepEqual(
      tiers.map(({ tier, parameters, sentUpBytes }) => [tier, parameters, sentUpBytes]),
      [
        ['edge', 4290, 1568],
        ['fog', 4746, 3136],
        ['cloud', 38298, undefined],
      ],
    )
  })

  it('inspect and predict refuse a file that is no model with one line', async () => {
    await writeFile(join(state.folder, 'no-model.keras'), 'hello')
    await writeFile(join(state.folder, 'x.npy'), await digitsNpy(1))
    for (const args of [
      ['inspect', 'no-model.keras'],
      ['predict', 'no-model.keras', 'x.npy'],
    ]) {
      const { code, stdout, stderr } = await fogline(args, state.folder)
      assert.equal(code, 1)
      assert.equal(stdout, '')
      assert.match(stderr, /^fogline: Cannot load model ".*no-model\.keras": [^\n]+\n$/)
    }
  })

  it("predict gives Keras' numbers and writes .npy files", async () => {
    await writeFile(join(state.folder, 'digits.npy'), await digitsNpy(20))
    const args = ['predict', digitsFile('models', 'edge.keras'), 'digits.npy', '--out', 'results']
    const { code, stderr } = await fogline(args, state.folder)
    assert.equal(code, 0, stderr)
    const golden = JSON.parse(await readFile(digitsFile('golden.json'), 'utf8')) as {
      readonly digits: readonly { readonly predictions: { readonly edge: readonly number[] } }[]
    }
    const expected = golden.digits.flatMap(({ predictions }) => predictions.edge)
    const predicted = readNpy(await readFile(join(state.folder, 'results', '0-edge_exit.npy')))
    assert.deepEqual(predicted.shape, [20, 10])
    assert.equal(expected.length, 200)
    for (const [index, value] of expected.entries()) {
      assert.ok(Math.abs(Number(predicted.data[index]) - value) <= 1e-5)
    }
  })
})

describe('fogline up, send and tail', () => {
  const running: { up?: Up } = {}

  before(async () => {
    running.up = await startUp(state.folder, 0)
  })

  after(async () => {
    assert.equal(await running.up?.end('SIGINT'), 0)
  })

  it('answer every digit of a file, with its label', async () => {
    const url = running.up?.url ?? ''
    const send = ['send', 'edge', 'digits.u8', '--id-prefix', 'd', '--url', url]
    const sent = await fogline(send, state.folder)
    assert.match(sent.stdout, /^sent 1000 of 1000 samples/)
    const tail = ['tail', '--from', 'earliest', '--count', '1000', '--json', '--url', url]
    const { code, stdout } = await fogline(tail, state.folder)
    assert.equal(code, 0)
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TailedAnswer)
    assert.equal(new Set(answers.map(({ value }) => value.id)).size, 1000)
    const labels = await readFile(digitsFile('labels.u8'))
    const correct = answers.filter(({ value }) => value.class === labels[Number(value.id.slice(2))])
    assert.ok(correct.length >= 990, `${correct.length} are correct`)
    assert.match(answers[0]?.value.label ?? '', /^[a-z]+$/)
  })

  it('refuse a sample of a wrong shape with one line', async () => {
    await writeFile(join(state.folder, 'short.u8'), 'short')
    const url = running.up?.url ?? ''
    const { code, stderr } = await fogline(['send', 'edge', 'short.u8', '--url', url], state.folder)
    assert.equal(code, 1)
    assert.match(stderr, /^fogline: Cannot send "short\.u8" to tier "edge": [^\n]+\n$/)
  })
})

interface TailedAnswer {
  readonly value: { readonly id: string; readonly class: number; readonly label: string }
}
