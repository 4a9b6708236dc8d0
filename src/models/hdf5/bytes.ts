import { HDF5_STEPS_MAX } from '../limits.ts'
import { refuse } from '../refuse.ts'

/** "No address", in the file. */
export const UNDEFINED: number = -1

/** The bytes of an HDF5 file, read only within their bounds and for a bounded number of steps. */
export class Hdf5Bytes {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #steps = 0

  /** `bytes` starts at the file's base address: a user block before it is cut off. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get sizeBytes(): number {
    return this.#bytes.byteLength
  }

  /** Counts one visited structure; ERR_MODEL when there are so many that the file must be circular. */
  step(): void {
    this.#steps += 1
    if (this.#steps > HDF5_STEPS_MAX) {
      throw refuse(`HDF5 structures do not end (at most ${HDF5_STEPS_MAX} are read)`)
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

  /** An unsigned number of `width` bytes: 1, 2, 4 or 8. */
  unsigned(at: number, width: number): number {
    if (width === 1) return this.u8(at)
    if (width === 2) return this.u16(at)
    return width === 4 ? this.u32(at) : this.u64(at)
  }

  /** Text of `length` bytes in UTF-8 (of which ASCII is a part), up to its first NUL. */
  text(at: number, length: number): string {
    const bytes = this.slice(at, length)
    const end = bytes.indexOf(0)
    return Buffer.from(bytes.buffer, bytes.byteOffset, end < 0 ? length : end).toString('utf8')
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
