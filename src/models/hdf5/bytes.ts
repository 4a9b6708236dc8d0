import { HDF5_STEPS_MAX, UNPACKED_FREE_BYTES, UNPACKED_RATIO_MAX } from '../limits.ts'
import { refuse } from '../refuse.ts'

/** "No address", in the file. */
export const UNDEFINED: number = -1

/** The bytes that unsigned numbers up to `max` take. */
export function byteWidth(max: number): number {
  let width = 1
  for (let rest = max; rest >= 256; rest = Math.floor(rest / 256)) width += 1
  return width
}

/** A text of this length costs as much as one structure: names are shorter. */
const TEXT_BYTES_A_STEP = 64

/** The bytes of an HDF5 file, read only within their bounds and for a bounded number of steps. */
export class Hdf5Bytes {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #claimableBytes: number
  #steps = 0
  #claimedBytes = 0

  /**
   * `bytes` starts at the file's base address: a user block before it is cut off. `packedBytes` is what
   * the file takes on disk: less than it has where it was compressed itself.
   */
  constructor(bytes: Uint8Array, packedBytes: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#claimableBytes = Math.max(UNPACKED_FREE_BYTES, packedBytes * UNPACKED_RATIO_MAX)
  }

  get sizeBytes(): number {
    return this.#bytes.byteLength
  }

  /** Counts one visited structure; ERR_MODEL when there are so many that the file must be circular. */
  step(count = 1): void {
    this.#steps += count
    if (this.#steps > HDF5_STEPS_MAX) {
      throw refuse(`HDF5 structures are too many, or do not end (at most ${HDF5_STEPS_MAX})`)
    }
  }

  /**
   * Counts bytes that a dataset gives or takes to unpack; ERR_MODEL when all datasets together have
   * so many that only a bomb, or one dataset under ten thousand names, could ask for them.
   */
  claim(sizeBytes: number): void {
    this.#claimedBytes += sizeBytes
    if (!(this.#claimedBytes <= this.#claimableBytes)) {
      throw refuse(`HDF5 data unpacks to more than ${UNPACKED_RATIO_MAX} times the file`)
    }
  }

  /** A view of `length` bytes. */
  slice(at: number, length: number): Uint8Array {
    this.#check(at, length)
    return this.#bytes.subarray(at, at + length)
  }

  u8(at: number): number {
    this.#check(at, 1)
    return this.#view.getUint8(at)
  }

  u16(at: number): number {
    this.#check(at, 2)
    return this.#view.getUint16(at, true)
  }

  u32(at: number): number {
    this.#check(at, 4)
    return this.#view.getUint32(at, true)
  }

  /** A size or address; `UNDEFINED` for all bits set, ERR_MODEL beyond 2^53. */
  u64(at: number): number {
    this.#check(at, 8)
    const low = this.#view.getUint32(at, true)
    const high = this.#view.getUint32(at + 4, true)
    if (low === 0xffffffff && high === 0xffffffff) return UNDEFINED
    if (high >= 2 ** 21) throw refuse('HDF5 size or address is beyond the file')
    return high * 2 ** 32 + low
  }

  /** An unsigned number of `width` bytes, 1 to 8. */
  unsigned(at: number, width: number): number {
    if (width === 8) return this.u64(at)
    const value = this.slice(at, width).reduceRight((rest, byte) => rest * 256 + byte, 0)
    if (!Number.isSafeInteger(value)) throw refuse('HDF5 size or address is beyond the file')
    return value
  }

  /** Text of `length` bytes in UTF-8 (of which ASCII is a part), up to its first NUL. */
  text(at: number, length: number): string {
    const bytes = this.slice(at, length)
    const found = bytes.indexOf(0)
    const end = found < 0 ? length : found
    // Names that overlap in the file would else add up to many times its size.
    this.step(Math.floor(end / TEXT_BYTES_A_STEP))
    return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf8')
  }

  /** Throws ERR_MODEL unless the four bytes at `at` are `signature`. */
  expect(at: number, signature: string): void {
    if (this.text(at, 4) !== signature)
      throw refuse(`HDF5 has no ${signature} structure where one should be`)
  }

  #check(at: number, length: number): void {
    if (at < 0 || length < 0 || !(at + length <= this.#bytes.byteLength)) {
      throw refuse('HDF5 file is truncated or corrupt')
    }
  }
}
