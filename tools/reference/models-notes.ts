/** What docs/reference/models.md says besides the names in the program's tables. */

export const FORMATS = `| Format | Written by | |
|---|---|---|
| \`.keras\` | Keras 3, Keras 2.12 to 2.15 | |
| \`.h5\` | Keras 2 and 3 (\`model.save\`), Kafka-ML | whole models; weights alone are refused |
| SavedModel | \`model.export\`, \`model.save\` of TensorFlow 2, \`tf.saved_model.save\` | a folder or a zip of it; \`signature\` chooses one, \`serving_default\` if not |
| \`.onnx\` | PyTorch (\`torch.onnx.export(…, external_data=False)\`), \`fogline split\` and others | as it is, opset 7 to 26; operators of ONNX and of com.microsoft that ONNX Runtime has for this processor |
| TensorFlow Lite | | not read: bring the Keras model or SavedModel that it was made of |
| \`.pt\`, \`.pth\` of PyTorch | | not read, as they are code: bring \`.onnx\` |

Everything is computed in single precision. A layer that Keras runs in \`mixed_float16\`, \`float16\` or \`float64\` gives what it
computes as such where it is an output of the model; \`bfloat16\` is refused. A first axis of any size is the batch: what
would mix its samples is refused, as samples that happen to wait together are asked together; what an \`.onnx\` file does along
the batch is not looked at, and is up to who made it. Nothing in a file is run but what stands in these lists.`

/** A restriction, and the layers that have it. */
interface LayerNote {
  readonly layers: RegExp
  readonly note: string
}

export const LAYER_NOTES: readonly LayerNote[] = [
  {
    layers: /^(LSTM|GRU|SimpleRNN|RNN|LSTMCell|GRUCell|SimpleRNNCell|StackedRNNCells)$/,
    note: 'tanh, sigmoid, relu and nine others run as an operator of ONNX, other activations as a loop. Every sample begins with zero states, `stateful` ones too, or with `initial_state`. Masked steps keep state and output, wherever they are. Refused: `time_major`, cells of your own or called alone, constants, a mask that is not [batch, time]',
  },
  {
    layers: /^Bidirectional$/,
    note: 'of any recurrent layer here; every `merge_mode`, but not None with sequences and a mask in Keras 2',
  },
  { layers: /^CuDNN/, note: 'Keras 2, `.h5`; run on any processor; no masks, as in Keras' },
  {
    layers: /^ConvLSTM/,
    note: 'frames of known size; activations that work on each element by itself',
  },
  { layers: /^TimeDistributed$/, note: 'of any layer or nested model with one input' },
  { layers: /^Masking$/, note: 'a `mask_value` that is a number; compared in single precision' },
  { layers: /^Embedding$/, note: 'not with `lora_rank`, not quantized' },
  {
    layers: /^(Sync)?BatchNormalization$/,
    note: 'one axis; no `renorm`, no virtual batches',
  },
  {
    layers: /^GroupNormalization$/,
    note: 'of Keras 2 under a mask, of Keras 3 on integers: refused',
  },
  { layers: /^(Layer|RMS)Normalization$/, note: 'of Keras 3 on integers: refused' },
  { layers: /^Dot$/, note: 'floating point only' },
  { layers: /^SpectralNormalization$/, note: 'the wrapped layer as it is stored' },
  {
    layers: /^(MultiHeadAttention|Group(ed)?QueryAttention)$/,
    note: 'several `attention_axes`: known sizes, no implied and no causal mask; a `query_mask` that is given is refused',
  },
  { layers: /^(Additive)?Attention$/, note: 'masks of Keras 2 that are fractions are refused' },
  {
    layers: /^Concatenate$/,
    note: 'not along the batch; under a mask [batch, time, features] only',
  },
  { layers: /^EinsumDense$/, note: 'not with `lora_rank`, not quantized' },
  {
    layers: /^Conv\dDTranspose$/,
    note: 'no `groups`; Keras 2 ignores the dilation of three axes, and so do we',
  },
  { layers: /^LocallyConnected/, note: 'implementation 1' },
  {
    layers: /^(Resizing|UpSampling2D|CenterCrop)$/,
    note: 'nearest, bilinear, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic, weighed as TensorFlow does; over an unknown size nearest and bilinear only',
  },
  { layers: /^Adaptive/, note: 'known sizes' },
  {
    layers: /^RandomCrop$/,
    note: 'Keras 2 crops to the ratio and resizes, Keras 3 leaves images as they are; so do we',
  },
  {
    layers: /^(Rand|AugMix|CutMix|MixUp|Solarization|.*Dropout|Dropout|Gaussian|Activity|Spatial)/,
    note: 'nothing, outside of training; `training=True` in a call is refused',
  },
  {
    layers: /^(Discretization|CategoryEncoding)$/,
    note: 'no `sparse`; at most 1 000 000 categories; boundaries that stand in the file',
  },
]

export const FUNCTION_NOTES = `What would mix samples of a batch is refused: reductions, slices, joins and shapes along the batch, \`axis=None\`.
Datatypes meet as Keras has them. Besides:

| | |
|---|---|
| arithmetic | no BOOL and no UINT64; TensorFlow's division of integers is refused |
| Keras 2's \`==\`, \`!=\` and \`einsum\` | lose their operands when Keras saves them: refused |
| reductions | no \`initial\`; norms of order 1 and 2; TensorFlow's means of integers are refused |
| \`Pad\` | constant, reflect |
| \`Take\`, \`gather\` | constant indices, or a constant table |
| \`Dot\`, \`Tensordot\` | the second is a constant |
| \`Einsum\` | an explicit result, no ellipsis |
| \`Round\` | to integers |
| \`TensorFlowOpLayer\`, \`InstanceMethod\`, \`ClassMethod\` | refused |
| of \`keras.ops\` that have a layer: \`Conv\`, \`ConvTranspose\`, \`DepthwiseConv\`, \`SeparableConv\`, \`BatchNorm\`, \`LayerNorm\`, \`RMSNorm\`, \`DotProductAttention\` | refused: use the layer |
| \`Ravel\`, \`Outer\`, \`Inner\`, \`Vdot\`, \`BroadcastTo\`, \`Slice\`, \`Scatter\`, \`Cumprod\`, the segment sums, Fourier transforms, \`linalg\` but \`Norm\`, \`Map\`, \`Scan\`, \`Cond\`, \`WhileLoop\`, random numbers | refused |`

export const SAVEDMODEL_NOTES = `Functions are inlined, variables read from checkpoints of any number of shards (their checksums are checked), and
what depends on shapes alone is computed when the model is loaded. Loops over time of known length become operators one
after the other, others a loop of ONNX. Refused: random operations (\`model.export\` of Keras 3 leaves Random layers switched on),
graphs that change variables or tables, sliced variables, strings.`
