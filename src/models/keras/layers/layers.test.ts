import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Called, convertCalled, tensor } from '../../../../tests/fixtures/called-layer.ts'

const EINSUM = { equation: 'abc,cd->abd', output_shape: [null, 5] }

const REFUSED: readonly (readonly [string, Called, RegExp])[] = [
  [
    'sums of sizes that do not fit',
    {
      class: 'Add',
      inputs: [
        [3, 4],
        [3, 5],
      ],
    },
    /shapes \[-1, 3, 4\] and \[-1, 3, 5\] do not fit/,
  ],
  [
    'a difference of three',
    { class: 'Subtract', inputs: [[3], [3], [3]] },
    /layer "it" has 3 inputs \(expected 2\)/,
  ],
  [
    'joining ranks',
    { class: 'Concatenate', inputs: [[3, 4], [4]] },
    /takes tensors of different ranks/,
  ],
  [
    'joining the batch',
    { class: 'Concatenate', config: { axis: 0 }, inputs: [[3], [3]] },
    /"axis" = "0" \(expected 1 to 1\)/,
  ],
  [
    'products of sizes that do not fit',
    {
      class: 'Dot',
      config: { axes: [1, 2] },
      inputs: [
        [3, 4],
        [5, 6],
      ],
    },
    /"axes" = .*not 3 and 6/,
  ],
  [
    'products along three axes',
    {
      class: 'Dot',
      config: { axes: [1, 2, 1] },
      inputs: [
        [3, 4],
        [3, 4],
      ],
    },
    /"axes" = .*one axis of each input/,
  ],
  [
    'an axis twice',
    { class: 'LayerNormalization', config: { axis: [1, -1] }, inputs: [[4]] },
    /"axis" = .*axes that differ/,
  ],
  [
    'a normalisation of unknown size',
    { class: 'LayerNormalization', inputs: [[null]] },
    /unknown size along axis 1/,
  ],
  [
    'groups that do not fit',
    { class: 'GroupNormalization', config: { groups: 3 }, inputs: [[4, 8]] },
    /"groups" = "3" \(expected a divisor of 8 channels, or -1\)/,
  ],
  [
    'no groups',
    { class: 'GroupNormalization', config: { groups: 0 }, inputs: [[4, 8]] },
    /"groups" = "0"/,
  ],
  [
    'dims twice',
    { class: 'Permute', config: { dims: [1, 1] }, inputs: [[2, 3]] },
    /"dims" = .*each of 1, 2/,
  ],
  [
    'a billion repetitions',
    { class: 'RepeatVector', config: { n: 1e9 }, inputs: [[8]] },
    /too large/,
  ],
  [
    'two unknown sizes',
    { class: 'Reshape', config: { target_shape: [-1, -1] }, inputs: [[4]] },
    /"target_shape" = .*sizes of 4 elements/,
  ],
  [
    'an equation of three',
    { class: 'EinsumDense', config: { ...EINSUM, equation: 'ab,bc,cd->ad' }, inputs: [[3, 4]] },
    /"equation" = /,
  ],
  [
    'an equation of other axes',
    { class: 'EinsumDense', config: { ...EINSUM, equation: 'ab,bc->ac' }, inputs: [[3, 4]] },
    /"equation" = .*expected one for \[-1, 3, 4\]/,
  ],
  [
    'a quantized product',
    {
      class: 'EinsumDense',
      config: { ...EINSUM, quantization_config: { class_name: 'Int8QuantizationConfig' } },
      inputs: [[3, 4]],
    },
    /"quantization_config" = /,
  ],
  [
    'a billion categories',
    { class: 'CategoryEncoding', config: { num_tokens: 1e9 }, inputs: [[3]] },
    /"num_tokens" = "1000000000" \(expected 1 to 1000000\)/,
  ],
  [
    'sparse categories',
    { class: 'CategoryEncoding', config: { num_tokens: 5, sparse: true }, inputs: [[3]] },
    /"sparse" = "true"/,
  ],
  [
    'bins that were not found',
    { class: 'Discretization', config: { num_bins: 4 }, inputs: [[3]] },
    /"bin_boundaries" = "undefined" \(expected rising numbers\)/,
  ],
  [
    'falling bins',
    { class: 'Discretization', config: { bin_boundaries: [1, 0] }, inputs: [[3]] },
    /"bin_boundaries" = .*rising numbers/,
  ],
  [
    'a mean of texts',
    { class: 'Normalization', config: { mean: ['a'], variance: [1] }, inputs: [[3]] },
    /"mean" = .*expected numbers/,
  ],
  [
    'a ragged mean',
    {
      class: 'Normalization',
      config: { axis: [1, 2], mean: [[1, 2], [3]], variance: 1 },
      inputs: [[2, 2]],
    },
    /"mean" = .*expected numbers/,
  ],
  [
    'products of integers',
    { class: 'Dot', config: { axes: 1 }, inputs: [[3], [3]], dtype: 'int32' },
    /multiplies integers, which is not supported/,
  ],
  ['sums of truths', { class: 'Add', inputs: [[3], [3]], dtype: 'bool' }, /merges BOOL/],
  [
    'normalizing integers',
    { class: 'LayerNormalization', inputs: [[4]], dtype: 'int32' },
    /normalizes INT32, which is not supported/,
  ],
  [
    'normalizing integers by their root mean square',
    { class: 'RMSNormalization', inputs: [[4]], dtype: 'int64' },
    /normalizes INT64, which is not supported/,
  ],
  [
    'groups of integers',
    { class: 'GroupNormalization', config: { groups: 1 }, inputs: [[4]], dtype: 'uint8' },
    /normalizes UINT8, which is not supported/,
  ],
  [
    'a masked GroupNormalization of Keras 2',
    {
      class: 'GroupNormalization',
      config: { groups: 1 },
      inputs: [[3, 4]],
      keywords: { mask: tensor('source_0') },
      kerasMajor: 2,
    },
    /called with "mask"/,
  ],
  ...[
    'AutoContrast',
    'CLAHE',
    'Equalization',
    'HashedCrossing',
    'Hashing',
    'IntegerLookup',
    'Lambda',
  ]
    .concat(['MelSpectrogram', 'STFTSpectrogram', 'StringLookup', 'TextVectorization'])
    .map((name): [string, Called, RegExp] => [
      `a ${name}`,
      { class: name, inputs: [[3]] },
      new RegExp(`layer "it" is a ${name}, which is not among the layers`),
    ]),
]

describe('convertKeras, on layers that it refuses', () => {
  for (const [name, layer, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      assert.throws(() => convertCalled(layer), { code: 'ERR_MODEL', message })
    })
  }
})

describe('convertKeras, on the sizes of layers', () => {
  const rows: readonly (readonly [string, Called, readonly number[]])[] = [
    ['of other ranks', { class: 'Add', inputs: [[3, 4], [4]] }, [-1, 3, 4]],
    [
      'of unknown lengths',
      {
        class: 'Add',
        inputs: [
          [null, 4],
          [1, 4],
        ],
      },
      [-1, -1, 4],
    ],
    ['along axes', { class: 'Dot', config: { axes: [2, 1] }, inputs: [[3, 4], [4]] }, [-1, 3]],
    [
      'left open',
      { class: 'Reshape', config: { target_shape: [-1, 2] }, inputs: [[3, 4]] },
      [-1, 6, 2],
    ],
    [
      'of an equation',
      { class: 'EinsumDense', config: EINSUM, inputs: [[3, 4]], weights: { kernel: [4, 5] } },
      [-1, 3, 5],
    ],
  ]
  for (const [name, layer, shape] of rows) {
    it(`knows them ${name}: ${layer.class}`, () => {
      assert.deepEqual(convertCalled(layer).outputs[0]?.shape, shape)
    })
  }
})
