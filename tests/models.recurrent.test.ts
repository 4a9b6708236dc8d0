import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { rows, toFloats, zeros } from '../src/core/tensor.ts'
import { convertKeras } from '../src/models/keras/convert.ts'
import { readKerasArchive } from '../src/models/keras/file.ts'
import { CONFIG_BYTES_MAX } from '../src/models/limits.ts'
import { loadSection } from '../src/models/load.ts'
import { openZip } from '../src/models/zip.ts'
import { isFoglineError } from '../src/std/errors.ts'
import { assertClose, openGolden } from './fixtures/golden.ts'
import { writeArchive } from './fixtures/hostile/archive.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-recurrent-'))
after(() => rmSync(FOLDER, { recursive: true }))

/** A model of the golden vectors of Keras 3. */
function golden(family: string, name: string): Uint8Array {
  const archive = openZip(
    readFileSync(new URL(`./fixtures/models/${family}.keras3.zip`, import.meta.url)),
  )
  return archive.read(`${name}.keras`, CONFIG_BYTES_MAX)
}

/** The model with each `from` in its configuration replaced, which must be there. */
function changed(model: Uint8Array, from: string | RegExp, to: string): Uint8Array {
  const archive = openZip(model)
  const config = Buffer.from(archive.read('config.json', CONFIG_BYTES_MAX)).toString('utf8')
  const text = config.replaceAll(from, to)
  assert.notEqual(text, config)
  return writeArchive(
    archive.names.map((name) => ({
      name,
      content: name === 'config.json' ? Buffer.from(text) : archive.read(name, CONFIG_BYTES_MAX),
    })),
  )
}

/** The names of the operators that a model becomes, with how often each occurs. */
function operators(model: Uint8Array): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const { graph } = convertKeras(readKerasArchive(model))
  for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1)
  return counts
}

describe('recurrent layers', () => {
  it('are ONNX operators of their own, however long the sequence', () => {
    const found = operators(golden('recurrent', 'sequential_lstm'))
    assert.deepEqual([found.get('LSTM'), found.get('Scan')], [2, undefined])
  })

  it('are so, too, where steps do not count', () => {
    const found = operators(golden('masking', 'masked_sequential'))
    assert.deepEqual([found.get('LSTM'), found.get('GRU'), found.get('Scan')], [1, 1, undefined])
  })

  it('are loops where ONNX Runtime knows no such activation', () => {
    const model = golden('recurrent', 'sequential_lstm')
    const found = operators(changed(model, '"activation": "tanh"', '"activation": "gelu"'))
    assert.deepEqual([found.get('LSTM'), found.get('Scan')], [undefined, 2])
  })
})

describe('recurrent layers on a batch', () => {
  const { cases, read } = openGolden('masking.keras3.zip')
  const files = ['masked_layers.keras', 'masked_states.keras', 'embedding.keras']
  for (const file of files) {
    it(`answer each sample as if it were alone, whatever steps the others skip: ${file}`, async () => {
      const found = cases.find((each) => each.files.includes(file))
      assert.ok(found)
      const path = join(FOLDER, file)
      writeFileSync(path, read(file))
      const section = await loadSection(path)
      const count = found.inputs[0]?.shape[0] ?? 0
      assert.ok(count > 1)
      for (let sample = 0; sample < count; sample++) {
        const answers = await section.run(
          found.inputs.map((input) => rows(input, sample, sample + 1)),
        )
        for (const [index, expected] of found.outputs.entries()) {
          const own = rows(expected, sample, sample + 1)
          assertClose(answers[index], own, { name: `${index}`, tolerance: 1e-5 })
        }
      }
      await section.close()
    })
  }
})

describe('an Embedding', () => {
  const rowsFrom = async (family: string, number: number) => {
    const path = join(FOLDER, `${family}.h5`)
    writeFileSync(path, openGolden(family).read('embedding.h5'))
    const section = await loadSection(path)
    const data = new Int32Array(5).fill(number)
    return section
      .run([{ datatype: 'INT32', shape: [1, 5], data }])
      .then(([answer]) => [...toFloats(answer ?? zeros('FP32', [0]))])
      .finally(() => section.close())
  }

  it('counts negative numbers from the end, in files of Keras 3', async () => {
    assert.deepEqual(
      await rowsFrom('masking.keras3.zip', -1),
      await rowsFrom('masking.keras3.zip', 8),
    )
  })

  for (const [family, number] of [
    ['masking.keras2.zip', -1],
    ['masking.keras2.zip', 9],
    ['masking.keras3.zip', 9],
    ['masking.keras3.zip', -10],
  ] as const) {
    it(`fails on ${number} where there are 9 rows: ${family}`, async () => {
      await assert.rejects(rowsFrom(family, number), (error) => isFoglineError(error, 'ERR_MODEL'))
    })
  }
})

const SEQUENTIAL = golden('recurrent', 'sequential_lstm')
const CELLS = golden('recurrent', 'cells')
const BOTH = golden('recurrent', 'bidirectional')
const STATES = golden('recurrent', 'states_by_position')
const TIMES = golden('recurrent', 'time_distributed_lstm')
const IMAGES = golden('recurrent', 'convolutional_lstm')
const MASKED = golden('masking', 'masked_sequential')
const WORDS = golden('masking', 'embedding_sequential')

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    'an unknown activation',
    changed(SEQUENTIAL, '"recurrent_activation": "sigmoid"', '"recurrent_activation": "eval"'),
    /"recurrent_activation" = .*eval.* \(expected linear, /,
  ],
  [
    'more units than weights',
    changed(SEQUENTIAL, '"units": 4', '"units": 5'),
    /"kernel" of shape \[3, 16\] \(expected \[3, 20\]\)/,
  ],
  ['no units', changed(SEQUENTIAL, '"units": 4', '"units": -1'), /"units" = .*at least 1/],
  [
    'time in front',
    changed(SEQUENTIAL, '"unroll": false', '"unroll": false, "time_major": true'),
    /"time_major" = /,
  ],
  [
    'an unknown setting',
    changed(SEQUENTIAL, '"unroll": false', '"unroll": false, "peephole": true'),
    /setting "peephole", which is not supported/,
  ],
  [
    'a cell of the author',
    changed(CELLS, '"class_name": "LSTMCell"', '"class_name": "MyCell"'),
    /is a MyCell, which is not among the layers/,
  ],
  [
    'a layer for a cell',
    changed(CELLS, '"class_name": "SimpleRNNCell"', '"class_name": "SimpleRNN"'),
    /has no weights/,
  ],
  [
    'a cell by itself',
    changed(SEQUENTIAL, /"LSTM"/g, '"LSTMCell"'),
    /has no weights|is a cell that is called by itself/,
  ],
  [
    'an unknown way of merging',
    changed(BOTH, '"merge_mode": "mul"', '"merge_mode": "max"'),
    /"merge_mode" = .*max.* \(expected concat, sum, mul, ave or null\)/,
  ],
  [
    'states of another size',
    changed(STATES, '"batch_shape": [null, 2]', '"batch_shape": [null, 3]'),
    /initial states of shapes \[-1, 3\]/,
  ],
  [
    'too few axes for a step',
    changed(TIMES, '[null, null, 4, 3]', '[null, 4]'),
    /takes \[-1, 4\] \(expected \[batch, time, ...\]\)/,
  ],
  [
    'frames of unknown size',
    changed(IMAGES, '"batch_shape": [null, 4, 7, 2]', '"batch_shape": [null, 4, null, 2]'),
    /takes frames of unknown size/,
  ],
  [
    'an activation along the channels of frames',
    changed(IMAGES, '"activation": "relu"', '"activation": "softmax"'),
    /"activation" = .*softmax.* \(expected one that works on each element by itself\)/,
  ],
  [
    'a text to be masked',
    changed(MASKED, '"mask_value": 0.0', '"mask_value": "0"'),
    /"mask_value" = .*expected a number/,
  ],
  [
    'more words than weights',
    changed(WORDS, '"input_dim": 9', '"input_dim": 10'),
    /"embeddings" of shape \[9, 4\] \(expected \[10, 4\]\)/,
  ],
]

describe('recurrent layers that cannot be honoured', () => {
  for (const [title, model, reason] of REFUSED) {
    it(`are refused by name: ${title}`, () => {
      assert.throws(
        () => convertKeras(readKerasArchive(model)),
        (error) => {
          assert.ok(isFoglineError(error, 'ERR_MODEL'), String(error))
          assert.match(error.message, reason)
          return true
        },
      )
    })
  }
})
