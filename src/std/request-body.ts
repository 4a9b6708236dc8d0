import { FoglineError } from './errors.ts'

/** A request's whole body, which may come without its length; throws ERR_LIMIT for a larger one. */
export async function readBody(request: Request, sizeBytesMax: number): Promise<Uint8Array> {
  const announced = request.headers.get('content-length')
  if (announced !== null && Number(announced) > sizeBytesMax) throw tooLarge(sizeBytesMax)
  // HTTP servers hold a body to its announced length; one that is here already has no stream.
  if (announced !== null || request.body === null) {
    const whole = await request.bytes()
    if (whole.byteLength > sizeBytesMax) throw tooLarge(sizeBytesMax)
    return whole
  }
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of request.body ?? []) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > sizeBytesMax) throw tooLarge(sizeBytesMax)
    chunks.push(chunk)
  }
  const [only] = chunks
  return chunks.length === 1 && only ? only : new Uint8Array(Buffer.concat(chunks))
}

function tooLarge(sizeBytesMax: number): FoglineError {
  return new FoglineError(`Cannot read the request: its body exceeds ${sizeBytesMax} bytes`, {
    code: 'ERR_LIMIT',
  })
}
