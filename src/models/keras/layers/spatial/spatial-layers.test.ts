import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { convertZeros } from '../../../../../tests/fixtures/called-layer.ts'
import type { Converted } from '../../convert.ts'

/** A layer on its own: its class and settings, the shape of a sample, and the shapes of its weights. */
interface Alone {
  readonly class: string
  readonly config?: object
  readonly sample: readonly (number | null)[]
  readonly datatype?: string
  readonly weights?: Readonly<Record<string, readonly number[]>>
  readonly kerasMajor?: number
  /** Classes of layers after it, with settings as they are by default. */
  readonly followers?: readonly string[]
}

function convert(layer: Alone): Converted {
  const { kerasMajor = 3, weights = {}, datatype = 'float32', followers = [] } = layer
  const input = { name: 'source', batch_shape: [null, ...layer.sample], dtype: datatype }
  const config = {
    name: 'model',
    layers: [
      { class_name: 'InputLayer', config: input },
      { class_name: layer.class, config: { name: 'it', ...layer.config } },
      ...followers.map((each) => ({ class_name: each, config: { name: each } })),
    ],
  }
  return convertZeros({ class_name: 'Sequential', config }, { weights, kerasMajor })
}

const CONV = { filters: 2, kernel_size: [3] }
const CONV_WEIGHTS = { kernel: [3, 4, 2], bias: [2] }

const REFUSED: readonly (readonly [string, Alone, RegExp])[] = [
  [
    'a window beyond the image',
    { class: 'MaxPooling2D', config: { pool_size: [5, 2] }, sample: [4, 4, 1] },
    /layer "it" has a window of 5 on a size of 4/,
  ],
  [
    'another padding',
    { class: 'AveragePooling1D', config: { padding: 'causal' }, sample: [4, 1] },
    /"padding" = "\\"causal\\"" \(expected valid or same\)/,
  ],
  [
    'strides of nothing',
    { class: 'MaxPooling1D', config: { strides: [0] }, sample: [4, 1] },
    /"strides" = .*expected 1 sizes of 1 to 65536/,
  ],
  [
    'a window of other axes',
    { class: 'Conv1D', config: { filters: 2, kernel_size: [3, 3] }, sample: [8, 4] },
    /"kernel_size" = .*expected 1 sizes/,
  ],
  [
    'an image for a sequence',
    { class: 'Conv1D', config: CONV, sample: [8, 8, 4], weights: CONV_WEIGHTS },
    /takes \[-1, 8, 8, 4\] \(expected 3 axes\)/,
  ],
  [
    'an unknown number of channels',
    { class: 'Conv1D', config: CONV, sample: [8, null], weights: CONV_WEIGHTS },
    /unknown size along axis 1/,
  ],
  [
    'groups that do not fit',
    { class: 'Conv1D', config: { ...CONV, groups: 3 }, sample: [8, 4], weights: CONV_WEIGHTS },
    /"groups" = "3" \(expected a divisor of 4 channels and 2 filters\)/,
  ],
  [
    'weights of another shape',
    { class: 'Conv1D', config: { ...CONV, filters: 3 }, sample: [8, 4], weights: CONV_WEIGHTS },
    /weights "kernel" of shape \[3, 4, 2\] \(expected \[3, 4, 3\]\)/,
  ],
  [
    'a low rank adaptation',
    { class: 'Conv1D', config: { ...CONV, lora_rank: 2 }, sample: [8, 4], weights: CONV_WEIGHTS },
    /setting "lora_rank", which is not supported/,
  ],
  [
    'an output padding as large as the stride',
    {
      class: 'Conv1DTranspose',
      config: { ...CONV, strides: [2], output_padding: [2] },
      sample: [8, 4],
      weights: { kernel: [3, 2, 4], bias: [2] },
    },
    /"output_padding" = .*expected sizes below the strides/,
  ],
  [
    'dilated strides over an unknown size',
    {
      class: 'DepthwiseConv2D',
      config: { kernel_size: 3, strides: 2, dilation_rate: 2, padding: 'same' },
      sample: [null, 8, 1],
      weights: { depthwise_kernel: [3, 3, 1, 1], bias: [1] },
    },
    /slides a dilated window with strides over an unknown size/,
  ],
  [
    'cropping everything',
    { class: 'Cropping1D', config: { cropping: [2, 2] }, sample: [4, 1] },
    /"cropping" = .*expected less than 4/,
  ],
  [
    'a negative margin',
    {
      class: 'ZeroPadding2D',
      config: {
        padding: [
          [0, -1],
          [0, 0],
        ],
      },
      sample: [4, 4, 1],
    },
    /"padding" = .*expected sizes of 0 to 65536/,
  ],
  [
    'an unknown interpolation',
    {
      class: 'Resizing',
      config: { height: 2, width: 2, interpolation: 'sinc' },
      sample: [4, 4, 1],
    },
    /"interpolation" = "\\"sinc\\"" \(expected nearest, bilinear, bicubic, area/,
  ],
  [
    'an interpolation of an unknown size',
    {
      class: 'UpSampling2D',
      config: { interpolation: 'bicubic' },
      sample: [null, 4, 1],
    },
    /unknown size along axis/,
  ],
  [
    'a crop of an unknown size',
    { class: 'CenterCrop', config: { height: 2, width: 2 }, sample: [4, null, 1] },
    /takes images of unknown size/,
  ],
  [
    'padding with anything but a constant',
    {
      class: 'Resizing',
      config: { height: 2, width: 2, fill_mode: 'reflect' },
      sample: [4, 4, 1],
    },
    /"fill_mode" = /,
  ],
  [
    'integers that single precision does not hold',
    { class: 'MaxPooling1D', sample: [4, 1], datatype: 'int64' },
    /layer "it" pools INT64, which is not supported/,
  ],
  [
    'integers that Keras 2 divides',
    { class: 'GlobalAveragePooling1D', sample: [4, 1], datatype: 'uint8', kerasMajor: 2 },
    /layer "it" pools UINT8/,
  ],
  [
    'adaptive pooling of an unknown size',
    { class: 'AdaptiveMaxPooling1D', config: { output_size: [2] }, sample: [null, 1] },
    /unknown size along axis 1/,
  ],
  [
    'a sparse way to keep weights',
    {
      class: 'LocallyConnected1D',
      config: { ...CONV, implementation: 3 },
      sample: [8, 4],
      kerasMajor: 2,
    },
    /"implementation" = "3" \(expected 1\)/,
  ],
  [
    'an enlargement beyond memory',
    { class: 'UpSampling3D', config: { size: 60_000 }, sample: [4, 4, 4, 1] },
    /is too large/,
  ],
]

describe('a layer that slides over spatial axes', () => {
  for (const [what, layer, reason] of REFUSED) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => convert(layer), { code: 'ERR_MODEL', message: reason })
    })
  }

  it('takes images in whichever order of axes they are', () => {
    assert.deepEqual(permutations({ class: 'ZeroPadding2D', sample: [4, 4, 1] }), [])
    assert.deepEqual(permutations({ class: 'UpSampling2D', sample: [4, 4, 1] }), [])
  })

  it('permutes axes before the first pooling and after the last one only', () => {
    const followers = ['ReLU', 'ZeroPadding2D', 'Cropping2D', 'UpSampling2D', 'MaxPooling2D']
    assert.deepEqual(permutations({ class: 'MaxPooling2D', sample: [8, 8, 3], followers }), [
      [0, 3, 1, 2],
      [0, 2, 3, 1],
    ])
    const ending = [...followers, 'GlobalAveragePooling2D']
    assert.deepEqual(
      permutations({ class: 'MaxPooling2D', sample: [8, 8, 3], followers: ending }),
      [[0, 3, 1, 2]],
    )
  })
})

/** How the operators that are needed for the output permute axes, in order. */
function permutations(layer: Alone): readonly unknown[] {
  const { graph } = convert(layer)
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs))
  return graph.nodes
    .filter(({ op, outputs }) => op === 'Transpose' && outputs.some((name) => used.has(name)))
    .map(({ attributes }) => {
      const { perm } = attributes
      return perm && 'ints' in perm ? perm.ints : undefined
    })
}
