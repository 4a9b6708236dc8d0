import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { isFoglineError } from '../../std/errors.ts'
import { loadSection } from '../load.ts'
import { MessageWriter } from '../protobuf.ts'
import { runtimeRefusal } from './refusal.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-opset-'))
after(() => rmSync(FOLDER, { recursive: true }))

interface Model {
  readonly opset?: number
  readonly op?: string
  readonly domain?: string
}

/** An ONNX model of one operator from `x` to `y`, both [n, 3]. */
function onnx({ opset = 20, op = 'Relu', domain }: Model): Uint8Array {
  const value = (name: string) => {
    const sizes = new MessageWriter()
      .message(1, new MessageWriter().text(2, 'n'))
      .message(1, new MessageWriter().integer(1, 3))
    const tensor = new MessageWriter().integer(1, 1).message(2, sizes)
    return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor))
  }
  const node = new MessageWriter().text(1, 'x').text(2, 'y').text(4, op)
  if (domain !== undefined) node.text(7, domain)
  const graph = new MessageWriter()
    .message(1, node)
    .text(2, 'g')
    .message(11, value('x'))
    .message(12, value('y'))
  const model = new MessageWriter().integer(1, 9).message(7, graph)
  model.message(8, new MessageWriter().text(1, '').integer(2, opset))
  if (domain !== undefined) model.message(8, new MessageWriter().text(1, domain).integer(2, 1))
  return model.finish()
}

async function outcome(model: Model): Promise<string> {
  const path = join(FOLDER, 'x.onnx')
  writeFileSync(path, onnx(model))
  try {
    await (await loadSection(path)).close()
    return 'loaded'
  } catch (error) {
    assert.ok(isFoglineError(error, 'ERR_MODEL'), String(error))
    return error.message.slice(error.message.indexOf('": ') + 3)
  }
}

const CASES: readonly (readonly [string, Model, RegExp])[] = [
  ['the opset of PyTorch', { opset: 17 }, /^loaded$/],
  ['an opset of the future', { opset: 99 }, /^it is of ONNX opset 99 \(at most \d\d; export it/],
  ['an ancient opset', { opset: 5 }, /^operator "Relu" of version 1 has no implementation/],
  ['an unknown operator', { op: 'Frobnicate' }, /^ONNX opset 20 has no operator "Frobnicate"$/],
  [
    'a custom operator',
    { op: 'MyOp', domain: 'com.acme' },
    /^operator "MyOp" is of the custom domain "com\.acme" \(only/,
  ],
]

describe('loadSection, on what ONNX Runtime may refuse', () => {
  for (const [what, model, expected] of CASES) {
    it(`tells of ${what}`, async () => assert.match(await outcome(model), expected))
  }
})

describe('runtimeRefusal', () => {
  it('keeps what it does not know', () => {
    assert.equal(runtimeRefusal('out of luck'), 'ONNX Runtime refuses it: out of luck')
  })
})
