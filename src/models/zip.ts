import { crc32, inflateRawSync } from 'node:zlib'
import { ZIP_ENTRIES_MAX, ZIP_RATIO_FREE_BYTES, ZIP_RATIO_MAX } from './limits.ts'
import { quote, refuse } from './refuse.ts'

/** An archive whose entries are read by name into memory; no path of it reaches the disk. */
export interface Zip {
  readonly names: readonly string[]
  /** The content of `name`, a view of the archive where it is stored as it is. At most `bytesMax`. */
  read(name: string, bytesMax: number): Uint8Array
}

/** Where an entry lies, by the archive's directory. */
interface ZipEntry {
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly sizeBytes: number
  readonly headerAt: number
}

/** The archive in `bytes` (PKWARE APPNOTE 6.3.10); ERR_MODEL where its directory is corrupt. */
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

const END_SIGNATURE = 0x06054b50
const END_BYTES = 22
const ENTRY_SIGNATURE = 0x02014b50
const ENTRY_BYTES = 46
const LOCAL_SIGNATURE = 0x04034b50
const LOCAL_BYTES = 30
/** The end record is followed by a comment of at most this length. */
const COMMENT_BYTES_MAX = 65_535

function readDirectory(buffer: Buffer): ReadonlyMap<string, ZipEntry> {
  const end = endRecordAt(buffer)
  const count = buffer.readUInt16LE(end + 10)
  const directoryBytes = buffer.readUInt32LE(end + 12)
  const directory = buffer.readUInt32LE(end + 16)
  if (directory === 0xffffffff || count === 0xffff)
    throw refuse('archive is of the zip64 kind, which is not supported')
  if (count > ZIP_ENTRIES_MAX)
    throw refuse(`archive has ${count} entries (at most ${ZIP_ENTRIES_MAX})`)
  // What is before the archive shifts all its offsets.
  const shift = end - directoryBytes - directory
  if (shift < 0) throw refuse('archive is truncated or corrupt')
  const entries = new Map<string, ZipEntry>()
  let at = directory + shift
  for (let index = 0; index < count; index++) {
    checkRange(buffer, at, ENTRY_BYTES)
    if (buffer.readUInt32LE(at) !== ENTRY_SIGNATURE) throw refuse('archive directory is corrupt')
    const nameBytes = buffer.readUInt16LE(at + 28)
    checkRange(buffer, at + ENTRY_BYTES, nameBytes)
    const name = buffer.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes)
    if (entries.has(name)) throw refuse(`archive has ${quote(name)} twice`)
    entries.set(name, readEntry(buffer, at, shift))
    at += ENTRY_BYTES + nameBytes + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32)
  }
  return entries
}

function endRecordAt(buffer: Buffer): number {
  const first = Math.max(0, buffer.length - END_BYTES - COMMENT_BYTES_MAX)
  for (let at = buffer.length - END_BYTES; at >= first; at--) {
    if (buffer.readUInt32LE(at) === END_SIGNATURE) return at
  }
  throw refuse('archive is truncated: it has no directory')
}

function readEntry(buffer: Buffer, at: number, shift: number): ZipEntry {
  if (buffer.readUInt16LE(at + 8) & 1) throw refuse('archive is encrypted')
  return {
    method: buffer.readUInt16LE(at + 10),
    crc: buffer.readUInt32LE(at + 16),
    packedBytes: buffer.readUInt32LE(at + 20),
    sizeBytes: buffer.readUInt32LE(at + 24),
    headerAt: buffer.readUInt32LE(at + 42) + shift,
  }
}

const STORED = 0
const DEFLATED = 8

function unpack(buffer: Buffer, name: string, entry: ZipEntry): Uint8Array {
  checkRange(buffer, entry.headerAt, LOCAL_BYTES)
  if (buffer.readUInt32LE(entry.headerAt) !== LOCAL_SIGNATURE)
    throw refuse('archive entry is corrupt')
  const names = buffer.readUInt16LE(entry.headerAt + 26) + buffer.readUInt16LE(entry.headerAt + 28)
  const start = entry.headerAt + LOCAL_BYTES + names
  checkRange(buffer, start, entry.packedBytes)
  const packed = buffer.subarray(start, start + entry.packedBytes)
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
  if (entry.sizeBytes > Math.max(ZIP_RATIO_FREE_BYTES, packed.length * ZIP_RATIO_MAX)) {
    throw refuse(
      `archive entry ${quote(name)} unpacks to more than ${ZIP_RATIO_MAX} times its size`,
    )
  }
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.sizeBytes) })
  } catch {
    throw refuse(`archive entry ${quote(name)} is corrupt`)
  }
}

function checkRange(buffer: Buffer, at: number, length: number): void {
  if (at < 0 || at + length > buffer.length) throw refuse('archive is truncated or corrupt')
}
