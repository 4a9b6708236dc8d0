import type { Tensor } from '../tensor.ts'

/** A tensor of a request or an answer. */
export interface NamedTensor extends Tensor {
  readonly name: string
}

/** Parameters of a request or an answer, as the protocol allows them. */
export type Parameters = Readonly<Record<string, string | number | boolean>>

/** An output that a request asks for, and whether its values shall come as bytes. */
export interface RequestedOutput {
  readonly name: string
  readonly binary: boolean
}

/** A call of a model. The first axis of each input is the batch. */
export interface InferRequest {
  readonly id?: string
  /** Without those of the binary extension, which stand in the fields below. */
  readonly parameters: Parameters
  readonly inputs: readonly NamedTensor[]
  /** Absent: every output of the model. */
  readonly outputs?: readonly RequestedOutput[]
  /** Whether outputs that are not listed by name shall come as bytes (`binary_data_output`). */
  readonly binaryOutputs: boolean
}

/** What a model answered. */
export interface InferResponse {
  readonly modelName: string
  readonly modelVersion?: string
  readonly id?: string
  readonly parameters: Parameters
  readonly outputs: readonly NamedTensor[]
}

/** Which tensors, by name, are written as bytes; the others as JSON. */
export interface EncodeOptions {
  readonly binary: (name: string) => boolean
}
