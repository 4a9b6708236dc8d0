import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { FoglineError } from '../std/errors.ts'
import { BODY_SIZE_BYTES_MAX } from './limits.ts'

/**
 * The body of `request`, inflated where `content-encoding` says `gzip` or `deflate`. Throws
 * ERR_REQUEST for another encoding or a broken body, ERR_LIMIT beyond BODY_SIZE_BYTES_MAX.
 */
export async function requestBody(request: Request): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  const decode = DECODERS.get(encoding)
  if (decode) return decode(await request.bytes())
  throw new FoglineError(
    `Cannot read body: content-encoding is "${encoding}" (expected gzip, deflate or identity)`,
    { code: 'ERR_REQUEST' },
  )
}

type Decode = (body: Uint8Array) => Promise<Uint8Array>

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ['identity', async (body) => body],
  ['gzip', bounded(promisify(gunzip))],
  ['deflate', bounded(promisify(inflate))],
])

type Inflate = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>

function bounded(decode: Inflate): Decode {
  return async (body) => {
    try {
      return await decode(body, { maxOutputLength: BODY_SIZE_BYTES_MAX })
    } catch (cause) {
      if (cause instanceof RangeError) {
        throw new FoglineError(
          `Cannot read body: inflated, it is larger than ${BODY_SIZE_BYTES_MAX} bytes`,
          { code: 'ERR_LIMIT', cause },
        )
      }
      throw new FoglineError('Cannot read body: it cannot be inflated', {
        code: 'ERR_REQUEST',
        cause,
      })
    }
  }
}
