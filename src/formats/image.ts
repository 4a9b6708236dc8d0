import type { Tensor } from '../core/tensor.ts'
import { FoglineError, messageOf } from '../std/errors.ts'

/** How the pixels of a model's sample lie. */
interface Pixels {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3 | 4
}

/** Decoded, 50 megapixels take 150-200 MB: the largest photographs, not a compression bomb. */
const PIXELS_MAX = 50_000_000

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47)
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff)

/**
 * The picture in a PNG or JPEG file as a model's sample, UINT8 of `shape`. It is turned upright,
 * scaled without keeping its proportions, and laid over black where it is transparent. `shape` is
 * [height, width] or [height, width, 1] for grey, [height, width, 3] for RGB, 4 for RGBA.
 * Throws ERR_TENSOR for another shape, another kind of file, or one that cannot be decoded.
 */
export async function readImage(bytes: Uint8Array, shape: readonly number[]): Promise<Tensor> {
  const pixels = pixelsOf(shape)
  if (!startsWith(bytes, PNG) && !startsWith(bytes, JPEG))
    throw imageError('it is neither PNG nor JPEG')
  const decoded = await decode(bytes, pixels).catch((cause: unknown) => {
    throw imageError(messageOf(cause).replace(/^Input buffer /, 'it '))
  })
  const { height, width, channels } = pixels
  if (decoded.byteLength !== height * width * channels) {
    throw imageError(`it decodes to ${decoded.byteLength} bytes (expected [${shape.join(', ')}])`)
  }
  return { datatype: 'UINT8', shape, data: new Uint8Array(decoded) }
}

async function decode(bytes: Uint8Array, { height, width, channels }: Pixels): Promise<Buffer> {
  // On first use only: it takes 30 ms and 20 MB, and most samples are no images.
  const { default: sharp } = await import('sharp')
  const scaled = sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: 'truncated' })
    .autoOrient()
    .resize({ width, height, fit: 'fill' })
  if (channels === 4) return scaled.toColourspace('srgb').ensureAlpha().raw().toBuffer()
  const opaque = scaled.flatten({ background: '#000' })
  const coloured =
    channels === 1 ? opaque.greyscale().toColourspace('b-w') : opaque.toColourspace('srgb')
  return coloured.raw({ depth: 'uchar' }).toBuffer()
}

function pixelsOf(shape: readonly number[]): Pixels {
  const [height = 0, width = 0, channels = 1] = shape
  const known = channels === 1 || channels === 3 || channels === 4
  if ((shape.length !== 2 && shape.length !== 3) || height < 1 || width < 1 || !known) {
    throw imageError(
      `the sample's shape is [${shape.join(', ')}] (expected [height, width] or [height, width, 1, 3 or 4])`,
    )
  }
  return { height, width, channels }
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}

function imageError(state: string): FoglineError {
  return new FoglineError(`Cannot read image: ${state}`, { code: 'ERR_TENSOR' })
}
