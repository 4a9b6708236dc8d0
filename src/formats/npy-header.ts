import { type Datatype, elementCount } from '../core/tensor.ts'
import { FoglineError } from '../std/errors.ts'

/** What the head of a `.npy` file says of its elements. */
export interface NpyHeader {
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly bigEndian: boolean
  /** The first axis varies fastest. */
  readonly fortranOrder: boolean
  /** Where the elements begin. */
  readonly dataOffset: number
}

/** `\x93NUMPY`. */
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)

/** NumPy itself reads no longer header without being asked to (`max_header_size`). */
const HEADER_SIZE_BYTES_MAX = 10_000

/** NumPy's own limit on axes was 32 for decades. */
const AXES_MAX = 32

/** The element types of NumPy that we read, by the text after the byte order. */
const DATATYPES: ReadonlyMap<string, Datatype> = new Map([
  ['b1', 'BOOL'],
  ['u1', 'UINT8'],
  ['u2', 'UINT16'],
  ['u4', 'UINT32'],
  ['u8', 'UINT64'],
  ['i1', 'INT8'],
  ['i2', 'INT16'],
  ['i4', 'INT32'],
  ['i8', 'INT64'],
  ['f2', 'FP16'],
  ['f4', 'FP32'],
  ['f8', 'FP64'],
])

/**
 * Reads the head of a `.npy` file, versions 1.0 to 3.0. Source: NumPy Enhancement Proposal 1 and
 * `numpy.lib.format`. Throws ERR_TENSOR for another file, and for an element type that is none.
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw npyError('it does not start with the magic of a .npy file')
  }
  const version = bytes[6] ?? 0
  if (version < 1 || version > 3) throw npyError(`version ${version} is not known (1, 2 or 3)`)
  const textOffset = version === 1 ? 10 : 12
  if (bytes.byteLength < textOffset) throw npyError('it ends within its header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sizeBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (sizeBytes > HEADER_SIZE_BYTES_MAX) {
    throw npyError(`its header has ${sizeBytes} bytes (at most ${HEADER_SIZE_BYTES_MAX})`)
  }
  const dataOffset = textOffset + sizeBytes
  if (bytes.byteLength < dataOffset) throw npyError('it ends within its header')
  const text = new TextDecoder().decode(bytes.subarray(textOffset, dataOffset))
  return { ...parseDictionary(text), dataOffset }
}

/** The head of a version 1.0 file of little-endian elements in C order, padded to 64 bytes. */
export function formatNpyHeader(datatype: Datatype, shape: readonly number[]): Uint8Array {
  const [name = ''] = [...DATATYPES].find(([, known]) => known === datatype) ?? []
  const order = name.endsWith('1') ? '|' : '<'
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${order}${name}', 'fortran_order': False, 'shape': (${sizes}), }`
  // Magic, version and length take 10 bytes, the newline at the end one.
  const padding = (64 - ((10 + text.length + 1) % 64)) % 64
  const dictionary = new TextEncoder().encode(`${text}${' '.repeat(padding)}\n`)
  const length = Uint8Array.of(dictionary.length & 0xff, dictionary.length >> 8)
  return Uint8Array.of(...MAGIC, 1, 0, ...length, ...dictionary)
}

/** A `.npy` file that cannot be read, as an error. */
export function npyError(state: string): FoglineError {
  return new FoglineError(`Cannot read .npy: ${state}`, { code: 'ERR_TENSOR' })
}

/** Reads Python's `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`; the keys in any order. */
function parseDictionary(text: string): Omit<NpyHeader, 'dataOffset'> {
  const type = /['"]descr['"]\s*:\s*['"]([<>|=])([a-zA-Z]\d{0,4})['"]/.exec(text)
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)
  const sizes = /['"]shape['"]\s*:\s*\(([\d,\sL]*)\)/.exec(text)
  const datatype = DATATYPES.get(type?.[2] ?? '')
  if (!datatype) {
    const given = type ? ` "${type[1]}${type[2]}"` : ''
    throw npyError(`its element type${given} is not supported (bool, integers or floats)`)
  }
  if (!order || !sizes) throw npyError('its header lacks "fortran_order" or "shape"')
  return {
    datatype,
    shape: parseShape(sizes[1] ?? ''),
    bigEndian: type?.[1] === '>',
    fortranOrder: order[1] === 'True',
  }
}

function parseShape(text: string): number[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.at(-1) === '') parts.pop()
  // Python 2 wrote long integers as `3L`.
  const shape = parts.map((part) => (/^\d+L?$/.test(part) ? Number.parseInt(part, 10) : NaN))
  if (shape.length > AXES_MAX || !Number.isSafeInteger(elementCount(shape))) {
    throw npyError(`its shape (${text.slice(0, 60)}) is not one`)
  }
  return shape
}
