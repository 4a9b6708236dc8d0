/** Tensors in a message, at most: networks have a handful, and each costs a look-up by name. */
export const TENSORS_MAX = 64

/** Axes of a tensor, at most: nested lists are read by recursion, one level an axis. */
export const RANK_MAX = 16

/** The size of one axis, at most: what ONNX Runtime and the protocol's clients can count. */
export const AXIS_SIZE_MAX: number = 2 ** 31 - 1

/** Elements of a tensor, at most: 1 GiB of FP32, beyond what a body may hold. */
export const ELEMENTS_MAX: number = 2 ** 28
