import { crc32, inflateRawSync } from 'node:zlib'
import { UNPACKED_FREE_BYTES, UNPACKED_RATIO_MAX } from './limits.ts'
import { quote, refuse } from './refuse.ts'
import { readDirectory, type ZipEntry } from './zip-directory.ts'

/** An archive whose entries are read by name into memory; no path of it reaches the disk. */
export interface Zip {
  readonly names: readonly string[]
  /** The content of `name`, a view of the archive where it is stored as it is. At most `bytesMax`. */
  read(name: string, bytesMax: number): Uint8Array
}

/** The archive in `bytes`; ERR_MODEL where its directory is corrupt. */
export function openZip(bytes: Uint8Array): Zip {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = readDirectory(buffer)
  return {
    names: [...entries.keys()],
    read: (name, bytesMax) => {
      const entry = entries.get(name)
      if (!entry) throw refuse(`archive has no ${quote(name)}`)
      if (entry.sizeBytes > bytesMax) {
        throw refuse(
          `archive entry ${quote(name)} has ${entry.sizeBytes} bytes (at most ${bytesMax})`,
        )
      }
      return unpack(buffer, name, entry)
    },
  }
}

const STORED = 0
const DEFLATED = 8

function unpack(buffer: Buffer, name: string, entry: ZipEntry): Uint8Array {
  const packed = buffer.subarray(entry.contentAt, entry.contentAt + entry.packedBytes)
  const content = entry.method === STORED ? packed : inflate(packed, name, entry)
  if (content.length !== entry.sizeBytes || crc32(content) !== entry.crc) {
    throw refuse(`archive entry ${quote(name)} is corrupt`)
  }
  return content
}

function inflate(packed: Buffer, name: string, entry: ZipEntry): Buffer {
  if (entry.method !== DEFLATED) {
    throw refuse(
      `archive entry ${quote(name)} is packed by method ${entry.method} (only stored and deflated)`,
    )
  }
  if (entry.sizeBytes > Math.max(UNPACKED_FREE_BYTES, packed.length * UNPACKED_RATIO_MAX)) {
    throw refuse(
      `archive entry ${quote(name)} unpacks to more than ${UNPACKED_RATIO_MAX} times its size`,
    )
  }
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.sizeBytes) })
  } catch {
    throw refuse(`archive entry ${quote(name)} is corrupt`)
  }
}
