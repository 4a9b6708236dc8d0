import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFoglineError } from '../../../std/errors.ts'
import { convertKeras } from '../convert.ts'
import { readModelConfig } from '../model-config.ts'
import { KERAS_OPERATIONS } from './keras-table.ts'
import { TENSORFLOW_OPERATIONS } from './tensorflow-table.ts'

const SHAPE = [null, 4, 6]
const TENSOR = { class_name: '__keras_tensor__', config: { keras_history: ['source', 0, 0] } }
const ALL = { class_name: '__slice__', config: { start: null, stop: null, step: null } }

/** What a layer called `answer` in a model of one input gives, by its shape. */
function shapeOf(layer: Readonly<Record<string, unknown>>, kerasMajor: number): readonly number[] {
  const model = {
    class_name: 'Functional',
    config: {
      layers: [
        {
          class_name: 'InputLayer',
          name: 'source',
          config: { batch_shape: SHAPE, dtype: 'float32' },
          inbound_nodes: [],
        },
        layer,
      ],
      input_layers: [['source', 0, 0]],
      output_layers: [['answer', 0, 0]],
    },
  }
  const file = {
    model: readModelConfig(model, kerasMajor),
    weights: new Map(),
    kerasVersion: `${kerasMajor}.0.0`,
    kerasMajor,
  }
  return convertKeras(file).outputs[0]?.shape ?? []
}

function ofKeras3(
  name: string,
  args: readonly unknown[],
  config: Readonly<Record<string, unknown>> = {},
): readonly number[] {
  const nodes = [{ args, kwargs: {} }]
  const module = 'keras.src.ops.numpy'
  return shapeOf({ module, class_name: name, name: 'answer', config, inbound_nodes: nodes }, 3)
}

function ofKeras2(
  name: string,
  keywords: Readonly<Record<string, unknown>>,
  head: readonly unknown[] = ['source', 0, 0],
): readonly number[] {
  const config = { name: 'answer', function: name, dtype: 'float32', trainable: true }
  const nodes = [[...head, keywords]]
  return shapeOf({ class_name: 'TFOpLambda', name: 'answer', config, inbound_nodes: nodes }, 2)
}

function refused(convert: () => unknown, reason: RegExp): void {
  assert.throws(convert, (error) => {
    assert.ok(isFoglineError(error, 'ERR_MODEL'), String(error))
    assert.match(error.message, reason)
    return true
  })
}

const KERAS3: readonly (readonly [
  title: string,
  call: readonly [string, readonly unknown[], Readonly<Record<string, unknown>>?],
  reason: RegExp,
])[] = [
  ['another function', ['Cholesky', [TENSOR]], /"answer" is the operation Cholesky of keras.ops/],
  ['a name of objects', ['constructor', [TENSOR]], /is the operation constructor of keras.ops/],
  ['a sum over the batch', ['Sum', [TENSOR], { axis: 0 }], /"axis" = "0" .*none of the batch/],
  ['a sum over all', ['Sum', [TENSOR], { axis: null }], /"axis" = "null" .*without the batch/],
  ['an axis twice', ['Sum', [TENSOR], { axis: [1, -2] }], /axes, each once/],
  ['an axis beyond', ['Sum', [TENSOR], { axis: 3 }], /an axis of 1 to 2/],
  ['a setting of later', ['Sum', [TENSOR], { axis: 1, where: 1 }], /setting "where"/],
  ['an argument of later', ['Add', [TENSOR, 1, 2]], /has an argument 2, which is not supported/],
  ['nothing to add', ['Add', [TENSOR]], /"x2" = "null" \(expected a tensor or numbers\)/],
  ['ragged numbers', ['Add', [TENSOR, [[1], [2, 3]]]], /"x2" = /],
  ['a text', ['Add', [TENSOR, 'x']], /"x2" = .*expected a tensor or numbers/],
  ['one number a sample', ['Add', [TENSOR, [[[1]], [[2]], [[3]]]]], /would mix samples/],
  ['a larger constant', ['Add', [TENSOR, [[[[1]]]]]], /would mix samples/],
  ['another shape', ['Add', [TENSOR, [1, 2]]], /shapes .* do not fit each other/],
  ['a batch in the middle', ['Transpose', [TENSOR], { axes: [1, 0, 2] }], /the batch first/],
  ['axes that are missing', ['Transpose', [TENSOR], { axes: [0, 1] }], /the axes 0 to 2/],
  ['samples in a shape', ['Reshape', [TENSOR], { newshape: [-1, 6] }], /sizes of 24 elements/],
  ['two open sizes', ['Reshape', [TENSOR], { newshape: [-1, -1, -1] }], /"newshape" = /],
  ['a huge size', ['Reshape', [TENSOR], { newshape: [-1, 1e300] }], /"newshape" = /],
  ['one sample', ['GetItem', [TENSOR, 0]], /"key" = "0" .*within a sample/],
  ['some samples', ['GetItem', [TENSOR, [{ ...ALL, config: { stop: 2 } }]]], /"key" = /],
  ['an index beyond', ['GetItem', [TENSOR, [ALL, 4]]], /"key" = /],
  ['too many indices', ['GetItem', [TENSOR, [ALL, 1, 1, 1]]], /"key" = /],
  [
    'a step of nothing',
    ['GetItem', [TENSOR, [ALL, { ...ALL, config: { stop: 2, step: 0 } }]]],
    /"key"/,
  ],
  ['an index that is a tensor', ['GetItem', [TENSOR, [ALL, TENSOR]]], /"key" = .*a constant/],
  ['a code object', ['GetItem', [TENSOR, [{ class_name: '__lambda__', config: {} }]]], /"key" = /],
  ['joined samples', ['Concatenate', [[TENSOR, TENSOR]], { axis: 0 }], /"axis" = "0"/],
  ['a million parts', ['Split', [TENSOR], { indices_or_sections: 1e6, axis: 1 }], /a divisor of 4/],
  ['a huge repeat', ['Repeat', [TENSOR], { repeats: 1e12, axis: 1 }], /too large/],
  ['a huge tile', ['Tile', [TENSOR], { repeats: [1, 1e9, 1e9] }], /too large/],
  ['more samples', ['Tile', [TENSOR], { repeats: [2, 1, 1] }], /1 for the batch/],
  [
    'a huge frame',
    [
      'Pad',
      [TENSOR],
      {
        pad_width: [
          [0, 0],
          [1e9, 0],
          [0, 0],
        ],
      },
    ],
    /too large/,
  ],
  [
    'a wide reflection',
    [
      'Pad',
      [TENSOR],
      {
        pad_width: [
          [0, 0],
          [4, 0],
          [0, 0],
        ],
        mode: 'reflect',
      },
    ],
    /"pad_width" = /,
  ],
  [
    'another mode',
    [
      'Pad',
      [TENSOR],
      {
        pad_width: [
          [0, 0],
          [1, 0],
          [0, 0],
        ],
        mode: 'wrap',
      },
    ],
    /"mode" = /,
  ],
  ['no such index', ['Take', [TENSOR, [7]], { axis: 1 }], /"indices" = /],
  ['more than there are', ['TopK', [TENSOR], { k: 7 }], /"k" = "7" \(expected 1 to 6\)/],
  ['classes of floats', ['OneHot', [TENSOR], { num_classes: 3 }], /takes classes of FP32/],
  [
    'a datatype of later',
    ['Cast', [TENSOR], { dtype: 'bfloat16' }],
    /"dtype" = .*expected bool, uint8/,
  ],
  ['mixing matrices', ['Matmul', [TENSOR, TENSOR]], /multiplies .* would mix samples/],
  [
    'an equation over the batch',
    ['Einsum', [TENSOR], { subscripts: 'bij->ij' }],
    /"subscripts" = /,
  ],
  ['an implicit equation', ['Einsum', [TENSOR], { subscripts: 'bij' }], /"subscripts" = /],
]

describe('operations of Keras 3', () => {
  for (const [title, [name, args, config], reason] of KERAS3) {
    it(`refuses ${title}: ${name}`, () => refused(() => ofKeras3(name, args, config), reason))
  }

  it('takes a slice of a sample', () => {
    assert.deepEqual(ofKeras3('GetItem', [TENSOR, [ALL, 1]]), [-1, 6])
  })

  it('names parameters as Operands reads them', () => {
    for (const [, parameters] of KERAS_OPERATIONS.values()) {
      assert.match(parameters, /^\*?[a-z_0-9]+(=[a-z_]+)?( [a-z_0-9]+(=[a-z_]+)?)*$/)
    }
  })
})

const KERAS2: readonly (readonly [
  title: string,
  call: readonly [string, Readonly<Record<string, unknown>>, (readonly unknown[])?],
  reason: RegExp,
])[] = [
  ['another function', ['io.read_file', {}], /calls the function io.read_file of TensorFlow/],
  ['a name of objects', ['__proto__', {}], /calls the function __proto__ of TensorFlow/],
  ['code', ['py_function', { Tout: 'float32' }], /calls the function py_function/],
  ['what Keras lost', ['__operators__.eq', {}], /calls the function __operators__.eq/],
  ['a setting of later', ['math.abs', { twist: 1 }], /called with "twist", which is not supported/],
  ['the largest of all', ['math.reduce_max', {}], /"axis" = "null"/],
  [
    'a slice by a tensor',
    ['__operators__.getitem', { slice_spec: [{ start: ['source', 0, 0], stop: 1 }] }],
    /"slice_spec" = /,
  ],
  [
    'samples as an answer',
    ['compat.v1.shape', { out_type: 'int32' }],
    /output "answer" has shape \[3\], without a batch/,
  ],
  [
    'joined constants',
    ['concat', { axis: 1 }, ['_CONSTANT_VALUE', -1, [[1]]]],
    /joins samples with constants/,
  ],
]

describe('functions of TensorFlow in Keras 2', () => {
  for (const [title, [name, keywords, head], reason] of KERAS2) {
    it(`refuses ${title}: ${name}`, () => refused(() => ofKeras2(name, keywords, head), reason))
  }

  it('refuses the raw operations of TensorFlow 2.0 to 2.3 by their class', () => {
    const config = { name: 'answer', node_def: 'name: "Mul" op: "Mul"', constants: {} }
    const inbound_nodes = [[['source', 0, 0, {}]]]
    const layer = { class_name: 'TensorFlowOpLayer', name: 'answer', config, inbound_nodes }
    refused(() => shapeOf(layer, 2), /layer "answer" is a TensorFlowOpLayer, which is not among/)
  })

  it('takes the batch of a shape', () => {
    assert.deepEqual(ofKeras2('reshape', { shape: [-1, 24] }), [-1, 24])
  })

  it('names parameters as Operands reads them', () => {
    for (const [, parameters] of TENSORFLOW_OPERATIONS.values()) {
      assert.match(parameters, /^\*?[a-z_0-9]+(=[a-z_]+)?( [a-z_0-9]+(=[a-z_]+)?)*$/)
    }
  })
})
