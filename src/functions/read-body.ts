import type { IncomingMessage } from 'node:http'
import { FoglineError } from '../std/errors.ts'

/**
 * The whole body of `request`. Throws ERR_LIMIT beyond `sizeBytesMax`, before reading where its length
 * was announced; ERR_REQUEST where the caller broke off.
 */
export async function readBody(
  request: IncomingMessage,
  sizeBytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers['content-length'] ?? 0) > sizeBytesMax) throw tooLarge(sizeBytesMax)
  const chunks: Buffer<ArrayBuffer>[] = []
  let sizeBytes = 0
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer<ArrayBuffer>) => {
      sizeBytes += chunk.length
      // What follows is read and dropped: who is still sending would not hear our answer else.
      if (sizeBytes <= sizeBytesMax) chunks.push(chunk)
      else reject(tooLarge(sizeBytesMax))
    })
    request.once('end', resolve)
    request.once('error', (cause) => reject(brokenOff(cause)))
    // Every request closes; an error, which costs more than the reading, is made for broken ones only.
    request.once('close', () => {
      if (!request.readableEnded) reject(brokenOff())
    })
  })
  const [first] = chunks
  return first && chunks.length === 1 ? first : Buffer.concat(chunks, sizeBytes)
}

function tooLarge(sizeBytesMax: number): FoglineError {
  return new FoglineError(`Cannot read body: it is larger than ${sizeBytesMax} bytes`, {
    code: 'ERR_LIMIT',
  })
}

function brokenOff(cause?: unknown): FoglineError {
  return new FoglineError('Cannot read body: the caller broke off', { code: 'ERR_REQUEST', cause })
}
