import type { TensorSpec } from '../tensor.ts'

/** What a server says of itself at `/v2`. */
export interface ServerMetadata {
  readonly name: string
  readonly version: string
  readonly extensions: readonly string[]
}

/** What a server says of a model at `/v2/models/NAME`. */
export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  /** `<project>_<format>`, as the protocol wants it. */
  readonly platform: string
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** The protocol's body of every answer that is an error. */
export interface ErrorBody {
  readonly error: string
}
