import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Called, convertCalled, tensor } from '../../../../../tests/fixtures/called-layer.ts'

const HEADS = { num_heads: 2, key_dim: 3, use_bias: false }
const HEAD_WEIGHTS = {
  'query/kernel': [4, 2, 3],
  'key/kernel': [4, 2, 3],
  'value/kernel': [4, 2, 3],
  'output/kernel': [2, 3, 4],
}
const REFUSED: readonly (readonly [string, Called, RegExp])[] = [
  [
    'heads of nothing',
    {
      class: 'MultiHeadAttention',
      config: { ...HEADS, num_heads: 0 },
      inputs: [
        [3, 4],
        [3, 4],
      ],
    },
    /"num_heads" = "0" \(expected 1 or more\)/,
  ],
  [
    'attention along the features',
    {
      class: 'MultiHeadAttention',
      config: { ...HEADS, attention_axes: [-1] },
      inputs: [
        [3, 4],
        [3, 4],
      ],
    },
    /"attention_axes" = .*some of 1/,
  ],
  [
    'a flag that is none',
    {
      class: 'MultiHeadAttention',
      config: HEADS,
      inputs: [
        [3, 4],
        [3, 4],
      ],
      keywords: { use_causal_mask: 1 },
      weights: HEAD_WEIGHTS,
    },
    /called with "use_causal_mask"/,
  ],
  [
    'a mask of the query',
    {
      class: 'MultiHeadAttention',
      config: HEADS,
      inputs: [
        [3, 4],
        [3, 4],
      ],
      keywords: { query_mask: tensor('source_0') },
      weights: HEAD_WEIGHTS,
    },
    /called with "query_mask"/,
  ],
  [
    'an unknown keyword',
    {
      class: 'MultiHeadAttention',
      config: HEADS,
      inputs: [
        [3, 4],
        [3, 4],
      ],
      keywords: { twist: 1 },
      weights: HEAD_WEIGHTS,
    },
    /called with "twist"/,
  ],
  [
    'weights of other heads',
    {
      class: 'MultiHeadAttention',
      config: HEADS,
      inputs: [
        [3, 4],
        [3, 4],
      ],
      weights: { ...HEAD_WEIGHTS, 'key/kernel': [4, 1, 3] },
    },
    /"key\/kernel" of shape \[4, 1, 3\] \(expected \[4, 2, 3\]\)/,
  ],
  [
    'heads that cannot share',
    {
      class: 'GroupQueryAttention',
      config: { head_dim: 2, num_query_heads: 4, num_key_value_heads: 3 },
      inputs: [
        [3, 4],
        [3, 4],
      ],
    },
    /"num_query_heads" = "4" \(expected a multiple of 3\)/,
  ],
  [
    'attention by another score',
    {
      class: 'Attention',
      config: { score_mode: 'cosine' },
      inputs: [
        [3, 4],
        [3, 4],
      ],
    },
    /"score_mode" = .*dot or concat/,
  ],
  [
    'attention to nothing',
    { class: 'Attention', inputs: [[3, 4]] },
    /takes \[query, value\] or \[query, value, key\]/,
  ],
  ['a mask of other axes', { class: 'Softmax', inputs: [[3, 4], [4]] }, /called with "mask"/],
]

describe('convertKeras, on attention that it refuses', () => {
  for (const [name, layer, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      assert.throws(() => convertCalled(layer), { code: 'ERR_MODEL', message })
    })
  }
})

describe('convertKeras, on the sizes of heads', () => {
  const rows: readonly (readonly [string, Called, readonly number[]])[] = [
    [
      'of heads',
      {
        class: 'MultiHeadAttention',
        config: { ...HEADS, output_shape: [7, 2] },
        inputs: [
          [null, 4],
          [5, 4],
        ],
        weights: { ...HEAD_WEIGHTS, 'output/kernel': [2, 3, 7, 2] },
      },
      [-1, -1, 7, 2],
    ],
  ]
  for (const [name, layer, shape] of rows) {
    it(`knows them ${name}: ${layer.class}`, () => {
      assert.deepEqual(convertCalled(layer).outputs[0]?.shape, shape)
    })
  }
})
