import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { loadSection } from '../src/models/load.ts'
import { MessageWriter } from '../src/models/protobuf.ts'
import {
  integers,
  typeOf,
  type WrittenNode,
  writeSavedModel,
} from './fixtures/savedmodel/write-graph.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-samples-'))
after(() => rmSync(FOLDER, { recursive: true }))

/** Why the model from x [batch, 2] to y is refused; undefined where it loads. */
async function refusal(nodes: readonly WrittenNode[]): Promise<string | undefined> {
  writeFileSync(join(FOLDER, 'saved_model.pb'), writeSavedModel({ nodes, output: 'y:0' }))
  try {
    await (await loadSection(FOLDER)).close()
    return undefined
  } catch (error) {
    assert.ok(error instanceof Error)
    return error.message
  }
}

const truth = new MessageWriter().integer(5, 1)
const scalar = (name: string, number: number) => integers(name, [number], [])
const y = (
  op: string,
  inputs: readonly string[],
  rest: Partial<WrittenNode> = {},
): WrittenNode => ({
  op,
  name: 'y',
  inputs,
  ...rest,
})

describe('loadSection, on SavedModels that would answer by who is asked together', () => {
  for (const [title, nodes] of [
    ['a sum over the batch', [integers('c', [0]), y('Sum', ['x', 'c'])]],
    ['the batch after itself', [scalar('c', 0), y('ConcatV2', ['x', 'x', 'c'])]],
    ['the batch turned round', [integers('c', [0]), y('ReverseV2', ['x', 'c'])]],
    ['running sums over the batch', [scalar('c', 0), y('Cumsum', ['x', 'c'])]],
    [
      'the product of all samples with all',
      [y('MatMul', ['x', 'x'], { attributes: { transpose_b: truth } })],
    ],
    [
      'the first sample',
      [integers('a', [0, 0]), integers('b', [1, 2]), y('Slice', ['x', 'a', 'b'])],
    ],
    ['the first sample, by its index', [integers('a', [0], [1, 1]), y('GatherNd', ['x', 'a'])]],
    [
      'a softmax over the batch',
      [
        integers('c', [1, 0]),
        { op: 'Transpose', name: 'across', inputs: ['x', 'c'] },
        { op: 'Softmax', name: 'soft', inputs: ['across'] },
        y('Transpose', ['soft', 'c']),
      ],
    ],
  ] as const) {
    it(`refuses ${title}`, async () => {
      assert.match((await refusal(nodes)) ?? 'loaded', /mixes the samples of a batch, which is not/)
    })
  }

  it('refuses to compute with the number of samples', async () => {
    const nodes: WrittenNode[] = [
      { op: 'Shape', name: 'shape', inputs: ['x'] },
      { op: 'Cast', name: 'floats', inputs: ['shape'], attributes: { DstT: typeOf(1) } },
      y('Mul', ['x', 'floats']),
    ]
    assert.match((await refusal(nodes)) ?? 'loaded', /computes with the number of samples/)
  })

  it('loads what stays within each sample', async () => {
    assert.equal(await refusal([scalar('c', 1), y('ConcatV2', ['x', 'x', 'c'])]), undefined)
    assert.equal(await refusal([integers('c', [1]), y('ReverseV2', ['x', 'c'])]), undefined)
  })
})
