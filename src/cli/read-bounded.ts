import { readFile, stat } from 'node:fs/promises'
import { FoglineError } from '../std/errors.ts'

/** Files of samples are read whole: 1 GiB is what a small machine can still hold. */
const FILE_SIZE_BYTES_MAX = 1024 ** 3

/** The bytes of a file. Throws ERR_ARGUMENT where it cannot be read, ERR_LIMIT beyond 1 GiB. */
export async function readBounded(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > FILE_SIZE_BYTES_MAX) {
      throw new FoglineError(
        `Cannot read "${path}": it has ${size} bytes (at most ${FILE_SIZE_BYTES_MAX})`,
        { code: 'ERR_LIMIT' },
      )
    }
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof FoglineError) throw cause
    throw new FoglineError(`Cannot read "${path}"`, { code: 'ERR_ARGUMENT', cause })
  }
}
