import type { FoglineError } from '../std/errors.ts'
import type { Tensor } from './tensor.ts'

/** Why a sample left: its exit was sure, or there is no tier above. */
export type Reason = 'confident' | 'final'

/** What a tier does with a sample: answer it, hand its features up, or give it up. */
export type Decision =
  | { readonly kind: 'exit'; readonly prediction: Float32Array; readonly reason: Reason }
  /** `features` is one sample, without a batch axis. */
  | { readonly kind: 'forward'; readonly features: Tensor }
  /** The model gave no usable numbers for this sample. */
  | { readonly kind: 'refuse'; readonly error: FoglineError }
