import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { inspectModel } from '../src/models/inspect.ts'
import { CONFIG_BYTES_MAX } from '../src/models/limits.ts'
import { loadSection } from '../src/models/load.ts'
import { ELEMENT_TYPE } from '../src/models/onnx/element-type.ts'
import { MessageWriter } from '../src/models/protobuf.ts'
import { openZip } from '../src/models/zip.ts'
import { isFoglineError } from '../src/std/errors.ts'
import { writeArchive } from './fixtures/hostile/archive.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-hostile-'))
after(() => rmSync(FOLDER, { recursive: true }))

const good = (name: string): Buffer =>
  readFileSync(new URL(`./fixtures/models/${name}`, import.meta.url))
const archive = openZip(good('dense.keras3.keras'))
const weights = archive.read('model.weights.h5', CONFIG_BYTES_MAX)
const config = Buffer.from(archive.read('config.json', CONFIG_BYTES_MAX)).toString('utf8')

/** Loads `bytes` as a file would be; gives the one line that it is refused with. */
async function refusal(bytes: Uint8Array): Promise<string> {
  const path = join(FOLDER, 'x.model')
  writeFileSync(path, bytes)
  let message = ''
  for (const open of [loadSection, inspectModel]) {
    await assert.rejects(open(path), (error) => {
      assert.ok(isFoglineError(error, 'ERR_MODEL'), String(error))
      message = error.message
      return true
    })
    assert.match(message, /^Cannot load model "[^\n]+": [^\n]+$/)
  }
  return message.slice(message.indexOf('": ') + 3)
}

/** The archive of the Dense model with another `config.json`. */
function withConfig(text: string): Buffer {
  return writeArchive([
    { name: 'metadata.json', content: Buffer.from('{"keras_version": "3.15.1"}') },
    { name: 'config.json', content: Buffer.from(text), isDeflated: true },
    { name: 'model.weights.h5', content: weights },
  ])
}

/** The configuration with every `from` replaced; one that is not there is a mistake of the test. */
function changed(from: string | RegExp, to: string): string {
  const text = config.replace(from, to)
  assert.notEqual(text, config)
  return text
}

const CONFIGS: readonly (readonly [string, string, RegExp])[] = [
  [
    'a Lambda',
    changed('"class_name": "Dropout"', '"class_name": "Lambda"'),
    /layer "dropout" is a Lambda, which is not among the layers/,
  ],
  [
    'a lambda with its class as an activation',
    changed('"activation": "tanh"', '"activation": {"class_name": "__lambda__", "config": {}}'),
    /has a lambda as "activation", which is code \(expected linear, relu/,
  ],
  [
    'a lambda as an activation',
    changed('"activation": "tanh"', '"activation": {"value": ["4wEAAAAA", null, null]}'),
    /has a lambda as "activation", which is code \(expected linear, relu/,
  ],
  [
    'a class of the constructor',
    changed('"class_name": "Dropout"', '"class_name": "constructor"'),
    /is a constructor, which/,
  ],
  [
    'a custom Dense',
    changed(
      '"module": "keras.layers", "class_name": "Dense"',
      '"module": "os", "class_name": "Dense"',
    ),
    /custom "Dense"/,
  ],
  [
    '2^31 units',
    changed('"units": 3', '"units": 2147483648'),
    /has weights "kernel" of shape \[5, 3\] \(expected \[5, 2147483648\]\)/,
  ],
  [
    'a huge reshape',
    changed('"target_shape": [5, -1]', '"target_shape": [1e15, 5]'),
    /"target_shape" = /,
  ],
  [
    'a huge input',
    changed(/"batch_shape": \[null, 2, 5\]/, '"batch_shape": [null, 2147483648, 5]'),
    /too large/,
  ],
  [
    'an unknown setting',
    changed('"units": 3', '"units": 3, "twist": 1'),
    /setting "twist", which is not supported/,
  ],
  [
    'an unknown activation',
    changed('"activation": "tanh"', '"activation": "eval"'),
    /"activation" = "\\"eval\\""/,
  ],
  [
    'half precision',
    changed(/"name": "float32"/, '"name": "mixed_bfloat16"'),
    /"dtype" = .*mixed_bfloat16/,
  ],
  ['NaN', changed('"units": 3', '"units": NaN'), /config.json is no valid JSON/],
  [
    'an infinite number',
    changed('"units": 3', '"units": 1e400'),
    /"units" = "null" \(expected a number\)/,
  ],
  ['a text for a number', changed('"units": 3', '"units": "3"'), /"units" = .*expected a number/],
  ['a list of nothing', '[]', /config.json is no object/],
  ['no layers', '{"class_name": "Functional", "config": {}}', /list of layers is no list/],
  ['a class of its own', '{"class_name": "MyModel", "config": {}}', /model is a "MyModel"/],
  ['deep brackets', '['.repeat(100_000), /no valid JSON/],
  [
    'deep JSON',
    `{"class_name": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    /class of the model is no text/,
  ],
  ['too deep a model', nest(40), /nested more than 16 deep/],
  [
    'a reference to nowhere',
    changed(/"keras_history": \["source", 0, 0\]/, '"keras_history": ["nowhere", 0, 0]'),
    /no layer "nowhere"/,
  ],
  [
    'a loop',
    changed(/"keras_history": \["source", 0, 0\]/, '"keras_history": ["dense", 0, 0]'),
    /fed by itself/,
  ],
  ['a call on a mask', changed('"kwargs": {}', '"kwargs": {"mask": [1]}'), /called with "mask"/],
  [
    'training switched on',
    changed('"kwargs": {"training": false}', '"kwargs": {"training": true}'),
    /called with "training"/,
  ],
  [
    'line breaks in a name',
    changed('"class_name": "Dropout"', '"class_name": "Evil\\n\\u2028at x"'),
    /Evil/,
  ],
]

function nest(depth: number): string {
  const layers = depth === 0 ? '[]' : `[${nest(depth - 1)}]`
  return `{"class_name": "Sequential", "name": "n", "config": {"name": "n", "layers": ${layers}}}`
}

describe('loadSection, on hostile Keras configurations', () => {
  for (const [title, text, message] of CONFIGS) {
    it(`refuses ${title}`, async () => assert.match(await refusal(withConfig(text)), message))
  }

  it('knows a layer called __proto__ from its prototype', async () => {
    const path = join(FOLDER, 'proto.keras')
    writeFileSync(path, withConfig(config.replaceAll('"dropout"', '"__proto__"')))
    const section = await loadSection(path)
    assert.ok(section.outputs.some(({ name }) => name === '__proto__'))
    await section.close()
  })
})

const zeros = new Uint8Array(64 * 1024 ** 2)
const metadata = { name: 'metadata.json', content: Buffer.from('{"keras_version": "3.15.1"}') }
const json = { name: 'config.json', content: Buffer.from(config) }
const stored = { name: 'model.weights.h5', content: weights }

const ARCHIVES: readonly (readonly [string, () => Buffer, RegExp])[] = [
  [
    'a bomb of weights',
    () => writeArchive([metadata, json, { ...stored, content: zeros, isDeflated: true }]),
    /more than 100 times/,
  ],
  [
    'a bomb of JSON',
    () => writeArchive([metadata, { ...json, content: zeros, isDeflated: true }]),
    /"config.json" has 67108864 bytes/,
  ],
  [
    'a bomb that lies',
    () =>
      writeArchive([metadata, { ...json, content: zeros, isDeflated: true, declaredBytes: 100 }]),
    /is corrupt/,
  ],
  ['no weights', () => writeArchive([metadata, json]), /no "model.weights.h5"/],
  ['no metadata', () => writeArchive([json, stored]), /no "metadata.json"/],
  ['no configuration', () => writeArchive([metadata, stored]), /neither "config.json"/],
  ['two of a name', () => writeArchive([metadata, json, json, stored]), /"config.json" twice/],
  [
    'another Keras',
    () =>
      writeArchive([
        { ...metadata, content: Buffer.from('{"keras_version": "4.0"}') },
        json,
        stored,
      ]),
    /Keras "4.0"/,
  ],
  [
    'weights of another model',
    () => writeArchive([metadata, json, { ...stored, content: otherWeights() }]),
    /weights/,
  ],
  [
    'weights that are none',
    () => writeArchive([metadata, json, { ...stored, content: Buffer.from('hello') }]),
    /no HDF5 file/,
  ],
]

function otherWeights(): Uint8Array {
  return openZip(good('sequential.keras3.keras')).read('model.weights.h5', CONFIG_BYTES_MAX)
}

describe('loadSection, on hostile archives', () => {
  for (const [title, make, message] of ARCHIVES) {
    it(`refuses ${title}`, async () => assert.match(await refusal(make()), message))
  }
})

/** A small ONNX model with one constant, of which each part can be changed. */
function onnx(tensor: MessageWriter, operator = 'Add'): Uint8Array {
  const value = (name: string) => {
    const size = new MessageWriter()
      .message(1, new MessageWriter().text(2, 'n'))
      .message(1, new MessageWriter().integer(1, 2))
    const type = new MessageWriter().integer(1, ELEMENT_TYPE.FP32).message(2, size)
    return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, type))
  }
  const node = new MessageWriter().text(1, 'x').text(1, 'c').text(2, 'y').text(4, operator)
  const graph = new MessageWriter()
    .message(1, node)
    .text(2, 'g')
    .message(5, tensor)
    .message(11, value('x'))
    .message(12, value('y'))
  return new MessageWriter()
    .integer(1, 9)
    .message(7, graph)
    .message(8, new MessageWriter().integer(2, 20))
    .finish()
}

function tensor(sizes: readonly number[], bytes: Uint8Array): MessageWriter {
  const message = new MessageWriter()
  for (const size of sizes) message.integer(1, size)
  return message.integer(2, ELEMENT_TYPE.FP32).text(8, 'c').bytes(9, bytes)
}

const plain = onnx(tensor([2], new Uint8Array(8)))

describe('loadSection, on hostile ONNX files', () => {
  it('loads the one that is not hostile', async () => {
    const path = join(FOLDER, 'plain.onnx')
    writeFileSync(path, plain)
    await (await loadSection(path)).close()
  })

  const external = tensor([2], new Uint8Array()).integer(14, 1)
  for (const [title, bytes, message] of [
    ['external data', onnx(external), /external file, which is not allowed/],
    [
      'a constant larger than the file',
      onnx(tensor([2 ** 40], new Uint8Array(8))),
      /declares \[1099511627776\] but stores 2/,
    ],
    ['a constant of negative size', onnx(tensor([-2], new Uint8Array(8))), /declares \[-2\]/],
    [
      'an unknown operator',
      onnx(tensor([2], new Uint8Array(8)), 'Shell'),
      /ONNX opset 20 has no operator "Shell"/,
    ],
    ['nothing but the version', Uint8Array.of(8, 9), /no ONNX model/],
  ] as const) {
    it(`refuses ${title}`, async () => assert.match(await refusal(bytes), message))
  }
})

describe('loadSection, on files that are no models', () => {
  for (const [title, text] of [
    ['text', 'hello, world'],
    ['a PNG', '\x89PNG\r\n'],
  ] as const) {
    it(`refuses ${title}`, async () => {
      assert.match(await refusal(Buffer.from(text, 'latin1')), /no model \(expected/)
    })
  }

  const entry = (name: string) => writeArchive([{ name, content: Buffer.from('x') }])
  for (const [title, bytes, message] of [
    ['an empty file', Buffer.of(), /^file is empty$/],
    ['a gzip', Buffer.of(0x1f, 0x8b, 8, 0), /packed by gzip \(unpack it/],
    ['a pickle', Buffer.from('\x80\x04\x95', 'latin1'), /a pickle.*torch\.onnx\.export/],
    ["PyTorch's file", entry('net/data.pkl'), /a pickle.*torch\.onnx\.export/],
    [
      'an archive of other things',
      entry('readme.txt'),
      /neither "config\.json".*"saved_model\.pb"/,
    ],
    ['an empty archive', writeArchive([]), /neither "config\.json".*nor "saved_model\.pb"/],
    ["a SavedModel's graph alone", Buffer.of(8, 1, 18, 2, 10, 0), /its whole folder is expected/],
  ] as const) {
    it(`refuses ${title}, and says what to bring`, async () => {
      assert.match(await refusal(bytes), message)
    })
  }

  it('refuses a TensorFlow Lite model, and says what to bring', async () => {
    const lite = Buffer.from('\x1c\x00\x00\x00TFL3\x14\x00\x20\x00', 'latin1')
    assert.match(await refusal(lite), /it is a TensorFlow Lite model \(bring the Keras model/)
  })

  it('refuses what is not there, and folders', async () => {
    await assert.rejects(loadSection(join(FOLDER, 'none')), /there is no such file/)
    await assert.rejects(loadSection(FOLDER), /it is a folder without/)
  })
})

/** A copy of a good HDF5 file, changed by `change` at its first `signature`. */
function patched(signature: string, change: (bytes: Buffer, at: number) => void): Buffer {
  const bytes = Buffer.from(good('sequential.keras3.h5'))
  change(bytes, bytes.indexOf(signature))
  return bytes
}

describe('loadSection, on hostile HDF5 files', () => {
  it('refuses a group that points at itself', async () => {
    const circular = patched('TREE', (bytes, at) => {
      bytes.writeUInt8(1, at + 5)
      bytes.writeBigUInt64LE(BigInt(at), at + 32)
    })
    assert.match(await refusal(circular), /HDF5 B-tree points at itself/)
  })

  it('refuses a soft link', async () => {
    const linked = patched('SNOD', (bytes, at) => bytes.writeUInt32LE(2, at + 8 + 16))
    assert.match(await refusal(linked), /is a soft or external link, which is not allowed/)
  })

  it('refuses an address beyond 2^53', async () => {
    const far = patched('TREE', (bytes, at) => bytes.writeBigUInt64LE(2n ** 60n, at + 32))
    assert.match(await refusal(far), /beyond the file/)
  })
})

/** Numbers that look random but are the same in every run (a linear congruential generator). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state
  }
}

/** Loads `bytes`: any outcome is right but another error than ERR_MODEL, or none in time. */
async function survive(bytes: Uint8Array): Promise<void> {
  const path = join(FOLDER, 'fuzz.model')
  writeFileSync(path, bytes)
  try {
    await (await loadSection(path)).close()
  } catch (error) {
    assert.ok(isFoglineError(error, 'ERR_MODEL'), String(error))
    assert.doesNotMatch(error.message, /[\n\r]/)
  }
}

describe('loadSection, on damaged files', () => {
  const FILES: readonly (readonly [string, Buffer])[] = [
    ['HDF5', good('sequential.keras3.h5')],
    ['HDF5 of Keras 2', good('frozen.keras2.h5')],
    ['archive', good('sequential.keras3.keras')],
    ['ONNX', Buffer.from(plain)],
  ]
  for (const [name, bytes] of FILES) {
    it(`survives truncation of an ${name}`, async () => {
      for (let part = 0; part < 40; part++) {
        await survive(bytes.subarray(0, Math.floor((bytes.length * part) / 40)))
      }
    })

    it(`survives changed bytes of an ${name}`, { timeout: 60_000 }, async () => {
      const random = numbers(7)
      for (let round = 0; round < 150; round++) {
        const damaged = Buffer.from(bytes)
        const changes = 1 + (random.next().value % 8)
        for (let change = 0; change < changes; change++) {
          const at = random.next().value % damaged.length
          damaged[at] = random.next().value % 256
        }
        await survive(damaged)
      }
    })
  }
})
