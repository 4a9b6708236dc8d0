import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { loadSection } from '../src/models/load.ts'
import { asModelFile } from '../src/models/model-file.ts'
import { prepareModel } from '../src/models/prepare.ts'
import { MessageWriter } from '../src/models/protobuf.ts'
import { maskedCrc32c } from '../src/models/savedmodel/checkpoint/crc32c.ts'
import { readTable } from '../src/models/savedmodel/checkpoint/table.ts'
import { isFoglineError } from '../src/std/errors.ts'
import { itSurvives } from './fixtures/fuzz/survives.ts'
import { openGoldenArchive } from './fixtures/golden.ts'
import { type ArchiveEntry, writeArchive } from './fixtures/hostile/archive.ts'
import {
  functionOf,
  integers,
  shapeOf,
  tensorOf,
  type WrittenGraph,
  type WrittenNode,
  writeSavedModel,
} from './fixtures/savedmodel/write-graph.ts'
import { varint, type WrittenBlock, writeTable } from './fixtures/savedmodel/write-table.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'fogline-savedmodel-hostile-'))
after(() => rmSync(FOLDER, { recursive: true }))

const CPU_MS_MAX = 2_000

/** What `files` are refused with. */
function refusal(files: readonly ArchiveEntry[]): string {
  const start = process.cpuUsage()
  try {
    prepareModel(asModelFile(writeArchive(files))).onnx()
  } catch (error) {
    assert.ok(isFoglineError(error, 'ERR_MODEL'), String(error))
    const { user, system } = process.cpuUsage(start)
    assert.ok(user + system < CPU_MS_MAX * 1_000, `it took ${(user + system) / 1_000} ms`)
    return error.message
  }
  return assert.fail('it was not refused')
}

const graphFile = (graph: WrittenGraph): ArchiveEntry => ({
  name: 'saved_model.pb',
  content: writeSavedModel(graph),
})

const call = (name: string, input: string, f: string) => ({
  op: 'PartitionedCall',
  name,
  inputs: [input],
  attributes: { f: functionOf(f) },
})

/** A function of one parameter and one result that calls others in a row. */
const calling = (name: string, callees: readonly string[]) => ({
  name,
  parameters: ['a'],
  results: { r: `call_${callees.length - 1}:output:0` },
  nodes: callees.map((callee, index) =>
    call(`call_${index}`, index === 0 ? 'a' : `call_${index - 1}:output:0`, callee),
  ),
})

const loop = {
  op: 'StatelessWhile',
  name: 'y',
  inputs: ['x'],
  attributes: { cond: functionOf('goes_on'), body: functionOf('step') },
}
const step = {
  name: 'step',
  parameters: ['a'],
  results: { r: 'relu:activations:0' },
  nodes: [{ op: 'Relu', name: 'relu', inputs: ['a'] }],
}
const always = {
  name: 'goes_on',
  parameters: ['a'],
  results: { r: 'yes:output:0' },
  nodes: [integers('yes', [1], [])],
}

/** One number that stands for a tensor of `shape`. */
const repeated = (name: string, shape: readonly number[]) => ({
  op: 'Const',
  name,
  attributes: { value: tensorOf(1, shape, new MessageWriter().float(5, 1)) },
})

const twoInputs = (op: string, shape: WrittenNode): WrittenGraph => ({
  nodes: [shape, { op, name: 'y', inputs: ['x', shape.name] }],
  output: 'y:0',
})

const GRAPHS: readonly (readonly [string, WrittenGraph, RegExp])[] = [
  [
    'a function that calls itself',
    { nodes: [call('y', 'x', 'f')], functions: [calling('f', ['f'])], output: 'y:0' },
    /function "f" calls itself/,
  ],
  [
    'functions that call each other',
    {
      nodes: [call('y', 'x', 'f')],
      functions: [calling('f', ['g']), calling('g', ['f'])],
      output: 'y:0',
    },
    /function "f" calls itself/,
  ],
  [
    'functions forty deep',
    {
      nodes: [call('y', 'x', 'f0')],
      functions: Array.from({ length: 40 }, (_, at) => calling(`f${at}`, [`f${at + 1}`])),
      output: 'y:0',
    },
    /functions call each other more than 32 deep/,
  ],
  [
    'functions that double',
    {
      nodes: [call('y', 'x', 'f0')],
      functions: [
        ...Array.from({ length: 30 }, (_, at) => calling(`f${at}`, [`f${at + 1}`, `f${at + 1}`])),
        { ...step, name: 'f30' },
      ],
      output: 'y:0',
    },
    /graph needs more than 50000 nodes/,
  ],
  [
    'a function that is not there',
    { nodes: [call('y', 'x', 'f')], output: 'y:0' },
    /no function "f"/,
  ],
  [
    'a cycle',
    { nodes: [{ op: 'Relu', name: 'y', inputs: ['y'] }], output: 'y:0' },
    /graph has a cycle at node "y"/,
  ],
  [
    'a loop without end',
    { nodes: [loop], functions: [step, always], output: 'y:0' },
    /node "y" \(StatelessWhile\) loops without end/,
  ],
  [
    'a tensor of 2^50 elements',
    twoInputs('AddV2', repeated('c', [2 ** 25, 2 ** 25])),
    /constant "c" is of shape \[33554432, 33554432\], which cannot be/,
  ],
  [
    'a number that stands for 2^28',
    twoInputs('AddV2', repeated('c', [2 ** 28])),
    /constant "c" of shape \[268435456\] stores 1 elements/,
  ],
  [
    'many numbers that stand for 2^24 each',
    {
      nodes: [
        ...Array.from({ length: 64 }, (_, at) => repeated(`c${at}`, [2 ** 23, 2])),
        {
          op: 'AddN',
          name: 'y',
          inputs: ['x', ...Array.from({ length: 64 }, (_, at) => `c${at}`)],
        },
      ],
      output: 'y:0',
    },
    /constants repeat more than 16777216 elements/,
  ],
  [
    'a result of 2^40 elements',
    twoInputs('Tile', integers('c', [1, 2 ** 30])),
    /a tensor of shape \[-1, 2147483648\] is too large/,
  ],
  [
    'a list of 2^30 tensors',
    {
      nodes: [
        integers('shape', [-1]),
        integers('count', [2 ** 30], []),
        { op: 'TensorListReserve', name: 'list', inputs: ['shape', 'count'] },
        { op: 'TensorListStack', name: 'y', inputs: ['list', 'shape'] },
      ],
      output: 'y:0',
    },
    /node "y" \(TensorListStack\) joins items that were not set/,
  ],
  [
    'a range of 2^30 numbers',
    {
      nodes: [
        ...[0, 2 ** 30, 1].map((number, at) => integers(`n${at}`, [number], [])),
        { op: 'Range', name: 'y', inputs: ['n0', 'n1', 'n2'] },
      ],
      output: 'y:0',
    },
    /node "y" \(Range\) makes more than 65536 numbers/,
  ],
  [
    'code in Python',
    { nodes: [{ op: 'PyFunc', name: 'y', inputs: ['x'] }], output: 'y:0' },
    /node "y" is the operation "PyFunc", which is not supported/,
  ],
  [
    'a file that is read',
    { nodes: [{ op: 'ReadFile', name: 'y', inputs: ['x'] }], output: 'y:0' },
    /node "y" is the operation "ReadFile", which is not supported/,
  ],
  [
    'an operation of the prototype',
    { nodes: [{ op: 'constructor', name: 'y', inputs: ['x'] }], output: 'y:0' },
    /node "y" is the operation "constructor", which is not supported/,
  ],
  [
    'a random operation',
    { nodes: [{ op: 'StatelessRandomUniformV2', name: 'y', inputs: ['x'] }], output: 'y:0' },
    /"StatelessRandomUniformV2"\) is random, so that answers would differ each time/,
  ],
  [
    'a function that changes a variable',
    {
      nodes: [call('y', 'x', 'f')],
      functions: [
        {
          ...step,
          name: 'f',
          nodes: [...step.nodes, { op: 'AssignAddVariableOp', name: 'count' }],
        },
      ],
      output: 'y:0',
    },
    /node "count" \("AssignAddVariableOp"\) changes a variable/,
  ],
  [
    'statistics of the batch at hand',
    {
      nodes: [
        integers('shape', [-1, 1, 1, 2]),
        { op: 'Reshape', name: 'image', inputs: ['x', 'shape'] },
        { op: 'FusedBatchNormV3', name: 'y', inputs: ['image', 'x', 'x', 'x', 'x'] },
      ],
      output: 'y:0',
    },
    /node "y" \(FusedBatchNormV3\) normalises by the batch at hand, as in training/,
  ],
  [
    'an output that mixes samples',
    {
      nodes: [integers('c', [0]), { op: 'Sum', name: 'y', inputs: ['x', 'c'] }],
      output: 'y:0',
    },
    /node "y" \(Sum\) mixes the samples of a batch/,
  ],
  [
    'a variable without a checkpoint',
    {
      nodes: [
        { op: 'VarHandleOp', name: 'v' },
        { op: 'ReadVariableOp', name: 'y', inputs: ['v'] },
      ],
      output: 'y:0',
    },
    /archive has no "variables\/variables.index"/,
  ],
]

/** A model that adds its variable, and how its checkpoint is read. */
const VARIABLE: WrittenGraph = {
  nodes: [
    { op: 'VarHandleOp', name: 'v' },
    { op: 'ReadVariableOp', name: 'read', inputs: ['v'] },
    { op: 'AddV2', name: 'y', inputs: ['x', 'read'] },
    ...['keys', 'slices'].map((name) => ({
      op: 'Const',
      name,
      attributes: {
        value: tensorOf(7, [1], new MessageWriter().text(8, name === 'keys' ? 'v' : '')),
      },
    })),
    { op: 'RestoreV2', name: 'restored', inputs: ['x', 'keys', 'slices'] },
    { op: 'AssignVariableOp', name: 'assigned', inputs: ['v', 'restored'] },
  ],
  output: 'y:0',
}

const SHARD = Buffer.from(Float32Array.of(0, 1, 2).buffer)

interface EntryOptions {
  readonly shape?: readonly number[]
  readonly shard?: number
  readonly offset?: number
  readonly sizeBytes?: number
  readonly crc?: number
}

/** A BundleEntryProto of two floats, true unless told otherwise. */
function entryOf(options: EntryOptions = {}): Uint8Array {
  const { shape = [2], shard = 0, offset = 4, sizeBytes = 8 } = options
  const crc = Buffer.alloc(5, (6 << 3) | 5)
  crc.writeUInt32LE(options.crc ?? maskedCrc32c(SHARD.subarray(4, 12)), 1)
  const entry = new MessageWriter()
    .integer(1, 1)
    .message(2, shapeOf(shape))
    .integer(3, shard)
    .integer(4, offset)
    .integer(5, sizeBytes)
  return Buffer.concat([entry.finish(), crc])
}

const header = (shards: number, endianness = 0) =>
  new MessageWriter().integer(1, shards).integer(2, endianness).finish()

function withIndex(index: Uint8Array): readonly ArchiveEntry[] {
  return [
    graphFile(VARIABLE),
    { name: 'variables/variables.index', content: index },
    { name: 'variables/variables.data-00000-of-00001', content: SHARD },
  ]
}

const indexOf = (entry: Uint8Array, head: Uint8Array = header(1), block: WrittenBlock = {}) =>
  writeTable({ '': head, v: entry }, block)

/** Snappy, as if the block were all literals. */
const literals = (block: Buffer) =>
  Buffer.concat([varint(block.length), Buffer.from([61 << 2, ...le16(block.length - 1)]), block])
const le16 = (number: number) => [number & 0xff, number >> 8]

const INDEXES: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an entry beyond its shard', indexOf(entryOf({ offset: 8 })), /lies outside of its shard/],
  ['an entry before its shard', indexOf(entryOf({ offset: -4 })), /lies outside of its shard/],
  ['an entry of another size', indexOf(entryOf({ sizeBytes: 4 })), /or is not 8 bytes/],
  [
    'an entry of another shape',
    indexOf(entryOf({ shape: [2 ** 25] })),
    /or is not 134217728 bytes/,
  ],
  ['an entry that cannot be', indexOf(entryOf({ shape: [2 ** 25, 2 ** 25] })), /which cannot be/],
  [
    'a wrong checksum',
    indexOf(entryOf({ crc: 1 })),
    /variable "v" is corrupt: its checksum is wrong/,
  ],
  ['a shard that is not there', indexOf(entryOf({ shard: 1 })), /names shard 1 of 1/],
  [
    'a shard without a file',
    indexOf(entryOf(), header(2)),
    /no "variables\/variables.data-00000-of-00002"/,
  ],
  ['2^31 shards', indexOf(entryOf(), header(2 ** 31)), /lie in 2147483648 shards \(1 to 1000\)/],
  ['the other order of bytes', indexOf(entryOf(), header(1, 1)), /variables are big-endian/],
  [
    'a variable in slices',
    indexOf(Buffer.concat([entryOf(), Buffer.from([(7 << 3) | 2, 0])])),
    /variable "v" is stored in slices/,
  ],
  ['no header', writeTable({ v: entryOf() }), /variables.index has no header/],
  ['no such variable', writeTable({ '': header(1) }), /checkpoint has no variable "v"/],
  [
    'a block packed otherwise',
    indexOf(entryOf(), header(1), { method: 2 }),
    /packed by method 2 \(only none and Snappy\)/,
  ],
  [
    'a Snappy bomb',
    indexOf(entryOf(), header(1), { method: 1, pack: () => varint(2 ** 34) }),
    /block unpacks to 17179869184 bytes/,
  ],
  [
    'a Snappy copy from before its beginning',
    indexOf(entryOf(), header(1), { method: 1, pack: () => Buffer.from([8, 0x02, 9, 0]) }),
    /block packed by Snappy is corrupt/,
  ],
  ['no table', Buffer.alloc(100), /variables.index is no table of variables/],
  ['a table of nothing', Buffer.alloc(0), /variables.index is truncated or corrupt/],
]

describe('loadSection, on hostile SavedModels', () => {
  for (const [title, graph, reason] of GRAPHS) {
    it(`refuses ${title}`, () => assert.match(refusal([graphFile(graph)]), reason))
  }

  for (const [title, index, reason] of INDEXES) {
    it(`refuses ${title}`, () => assert.match(refusal(withIndex(index)), reason))
  }

  it('refuses a changed byte of variables.index', () => {
    const index = indexOf(entryOf())
    index[3] = (index[3] ?? 0) ^ 1
    assert.match(refusal(withIndex(index)), /variables.index is corrupt: a checksum is wrong/)
  })

  for (const [title, block] of [
    ['as it is', {}],
    ['packed by Snappy', { method: 1, pack: literals }],
  ] as const) {
    it(`reads a good checkpoint, its index ${title}`, async () => {
      const path = join(FOLDER, `good-${block.method ?? 0}.zip`)
      writeFileSync(path, writeArchive(withIndex(indexOf(entryOf(), header(1), block))))
      const section = await loadSection(path)
      const [y] = await section.run([
        { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(10, 20) },
      ])
      await section.close()
      assert.deepEqual(y?.data, Float32Array.of(11, 22))
    })
  }

  it('refuses two SavedModels in one archive', () => {
    const { content } = graphFile(VARIABLE)
    const files = ['a', 'b'].map((top) => ({ name: `${top}/saved_model.pb`, content }))
    assert.match(refusal(files), /archive holds several SavedModels/)
  })

  it('refuses a link to outside of the folder, and reads none', async () => {
    const path = join(FOLDER, 'links')
    mkdirSync(join(path, 'variables'), { recursive: true })
    writeFileSync(join(FOLDER, 'secret'), 'secret')
    writeFileSync(join(path, 'saved_model.pb'), writeSavedModel(VARIABLE))
    symlinkSync('../../secret', join(path, 'variables', 'variables.index'))
    await assert.rejects(loadSection(path), /"variables\/variables.index" is a link to outside/)
  })

  it('says which signatures there are', async () => {
    const path = join(FOLDER, 'signature.zip')
    writeFileSync(path, writeArchive(withIndex(indexOf(entryOf()))))
    await assert.rejects(
      loadSection(path, { signature: 'train' }),
      /model has no signature "train" \(it has: "serving_default"\)/,
    )
  })
})

describe('the readers of SavedModels', () => {
  const archive = openGoldenArchive('savedmodel.tf2.15.zip')
  const filesOf = (name: string) =>
    archive.names
      .filter((entry) => entry.startsWith(`${name}/`))
      .map((entry) => ({ name: entry.slice(name.length + 1), content: archive.read(entry) }))

  for (const name of ['mlp', 'module_control', 'lstm']) {
    const files = filesOf(name)
    itSurvives(`saved_model.pb of ${name}`, {
      seeds: [archive.read(`${name}/saved_model.pb`)],
      rounds: 150,
      open: (content) => {
        const others = files.filter((file) => file.name !== 'saved_model.pb')
        prepareModel(
          asModelFile(writeArchive([...others, { name: 'saved_model.pb', content }])),
        ).onnx()
      },
    })
  }

  itSurvives('variables.index', {
    seeds: ['mlp', 'lstm'].map((name) => archive.read(`${name}/variables/variables.index`)),
    rounds: 300,
    open: readTable,
  })

  itSurvives('index whose checksums are right', {
    seeds: [entryOf()],
    rounds: 1000,
    open: (entry) => prepareModel(asModelFile(writeArchive(withIndex(indexOf(entry))))).onnx(),
  })
})
