import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { loadSection } from '../src/models/load.ts'
import { MessageWriter } from '../src/models/protobuf.ts'
import { integers, typeOf, writeSavedModel } from './fixtures/savedmodel/write-graph.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-savedmodel-pooling-'))
after(() => rmSync(FOLDER, { recursive: true }))

const text = (value: string) => new MessageWriter().text(2, value)

/** The attribute that lists integers. */
function list(numbers: readonly number[]): MessageWriter {
  const values = new MessageWriter()
  for (const number of numbers) values.integer(3, number)
  return new MessageWriter().message(1, values)
}

/** Images of a pixel and two channels, with zeros around it, of which the largest within 3 x 3 is taken. */
function poolAfterPad(padding: 'VALID' | 'SAME'): Uint8Array {
  const attributes = {
    ksize: list([1, 3, 3, 1]),
    strides: list([1, 1, 1, 1]),
    padding: text(padding),
    data_format: text('NHWC'),
    T: typeOf(1),
  }
  return writeSavedModel({
    nodes: [
      integers('image', [-1, 2, 1, 1]),
      { op: 'Reshape', name: 'channels', inputs: ['x', 'image'] },
      integers('channels_last', [0, 2, 3, 1]),
      { op: 'Transpose', name: 'pixel', inputs: ['channels', 'channels_last'] },
      integers('around', [0, 0, 1, 1, 1, 1, 0, 0], [4, 2]),
      { op: 'Pad', name: 'padded', inputs: ['pixel', 'around'] },
      { op: 'MaxPool', name: 'largest', inputs: ['padded'], attributes },
      integers('row', [-1, padding === 'VALID' ? 2 : 18]),
      { op: 'Reshape', name: 'y', inputs: ['largest', 'row'] },
    ],
    output: 'y:0',
  })
}

describe('loadSection, on SavedModels that pool', () => {
  for (const [padding, count] of [
    ['VALID', 2],
    ['SAME', 18],
  ] as const) {
    it(`sees the zeros around an image of negative numbers: ${padding}`, async () => {
      writeFileSync(join(FOLDER, 'saved_model.pb'), poolAfterPad(padding))
      const section = await loadSection(FOLDER)
      const x = { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(-1, -2) } as const
      const [y] = await section.run([x])
      await section.close()
      assert.deepEqual([...(y?.data ?? [])], Array(count).fill(0))
    })
  }
})
