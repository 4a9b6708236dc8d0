/** A model file, at most: ONNX Runtime takes models of up to 2 GiB, an edge tier far smaller ones. */
export const MODEL_FILE_BYTES_MAX: number = 1024 ** 3

/** The JSON of a model's layers, at most: a thousand layers take about one megabyte. */
export const CONFIG_BYTES_MAX: number = 16 * 1024 ** 2

/** Values in that JSON: ten thousand layers of fifty settings; each takes up to 100 bytes of memory. */
export const CONFIG_VALUES_MAX = 500_000

/** Layers of a model, nested ones included: the largest of Keras' applications has 800. */
export const LAYERS_MAX = 10_000

/** Models within models: Keras' own applications use one level. */
export const NESTING_MAX = 16

/** Operators of a graph: EfficientNetB7 has 3000, and ONNX Runtime takes a second for so many. */
export const OPERATORS_MAX = 20_000

/** Constants of an ONNX file: a handful for each operator. */
export const TENSORS_MAX = 50_000

/** Fields of an ONNX file outside its constants: some twenty for each operator. */
export const ONNX_FIELDS_MAX = 500_000

/** Loops in loops of a converted graph: an RNN of an RNN of an RNN, and some more. */
export const SUBGRAPH_DEPTH_MAX = 8

/** Constants that conversion makes up: resizing a 4K image takes 20 000, a file may ask for it often. */
export const COMPUTED_ELEMENTS_MAX: number = 8 * 1024 ** 2

/** Elements of any one tensor of one sample: 256 MB of FP32, beyond what an inference should hold. */
export const SAMPLE_ELEMENTS_MAX: number = 64 * 1024 ** 2

/** Axes of a tensor; NumPy and HDF5 stop at 32. */
export const RANK_MAX = 32

/** Sizes of windows, strides and paddings: beyond any image, and safely within ONNX's 64-bit sums. */
export const WINDOW_MAX: number = 2 ** 16

/** Entries of a zip; a `.keras` file has three and its assets. */
export const ZIP_ENTRIES_MAX = 10_000

/** How far compressed bytes may grow: float weights shrink to a half, only a bomb to a hundredth. */
export const UNPACKED_RATIO_MAX = 100

/** Up to this size, what is unpacked may grow freely: JSON of repeated layers packs very tightly. */
export const UNPACKED_FREE_BYTES: number = 16 * 1024 ** 2

/** Structures that reading one HDF5 file may visit: 10 000 layers need a tenth of it, a cycle never ends. */
export const HDF5_STEPS_MAX = 1_000_000

/** Filters in a row on one HDF5 dataset: the format's own limit. */
export const HDF5_FILTERS_MAX = 32

/** Levels of an HDF5 B-tree: with two records a node, this is more than the file can hold. */
export const HDF5_TREE_DEPTH_MAX = 32

/** Protobuf messages in messages: an ONNX graph in a graph in an operator, a few times over. */
export const PROTOBUF_DEPTH_MAX = 32

/** Constants that an ONNX file computes from constants: shapes do, and exporters have done the rest. */
export const FOLDED_BYTES_MAX = 4096

/** Characters of a message about a refused file: names in it come from the file. */
export const MESSAGE_LENGTH_MAX = 400

/** Categories that a layer tells apart: each sample becomes that many numbers. */
export const CATEGORIES_MAX = 1_000_000

/** Variables of a checkpoint: a thousand layers, their optimizers and copies. */
export const BUNDLE_ENTRIES_MAX = 100_000

/** Files that the variables of one model are spread over; `model.save` writes one. */
export const SHARDS_MAX = 1_000

/** Functions calling functions: Keras nests three to six deep. */
export const CALL_DEPTH_MAX = 32

/** Nodes that are visited while a graph is made flat, each as often as it is called. */
export const NODES_MAX = 50_000

/** Numbers that constants may repeat: one stored number may stand for a whole tensor. */
export const REPEATED_ELEMENTS_MAX: number = 16 * 1024 ** 2

/** Steps of a loop up to which each is converted by itself; then ONNX Runtime loops, which is slower. */
export const UNROLLED_STEPS_MAX = 64
