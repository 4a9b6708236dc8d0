import { ZIP_ENTRIES_MAX } from './limits.ts'
import { quote, refuse } from './refuse.ts'

/** An entry of an archive, by the archive's directory. */
export interface ZipEntry {
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly sizeBytes: number
  /** Where its own header is, and where its content begins. */
  readonly headerAt: number
  readonly contentAt: number
}

/** Where the directory of an archive is. */
interface Directory {
  readonly at: number
  readonly sizeBytes: number
  readonly count: number
  /** What is before the archive shifts all its offsets. */
  readonly shift: number
}

/**
 * The entries of a zip archive by name (PKWARE APPNOTE 6.3.10), zip64 too. Throws ERR_MODEL where two
 * have one name, two share bytes, one is encrypted, or the directory and an entry's header differ.
 */
export function readDirectory(buffer: Buffer): ReadonlyMap<string, ZipEntry> {
  const directory = locate(buffer)
  const { count, shift } = directory
  if (count > ZIP_ENTRIES_MAX)
    throw refuse(`archive has ${count} entries (at most ${ZIP_ENTRIES_MAX})`)
  const entries = new Map<string, ZipEntry>()
  let { at } = directory
  for (let index = 0; index < count; index++) {
    checkRange(buffer, at, ENTRY_BYTES)
    if (buffer.readUInt32LE(at) !== ENTRY_SIGNATURE) throw corrupt()
    const nameBytes = buffer.readUInt16LE(at + 28)
    const extraBytes = buffer.readUInt16LE(at + 30)
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + buffer.readUInt16LE(at + 32)
    checkRange(buffer, at, next - at)
    const name = buffer.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes)
    const text = name.toString('utf8')
    if (entries.has(text)) throw refuse(`archive has ${quote(text)} twice`)
    entries.set(text, readEntry(buffer, at, { name, extraBytes, shift }))
    at = next
  }
  if (at !== directory.at + directory.sizeBytes) throw corrupt()
  checkApart(entries, directory.at)
  return entries
}

/** Whether `bytes` end as a zip archive does: it may be after something else. */
export function endsAsZip(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return endRecordAt(buffer) !== undefined
}

/** Throws ERR_MODEL unless `length` bytes at `at` are in the archive. */
export function checkRange(buffer: Buffer, at: number, length: number): void {
  if (at < 0 || length < 0 || !(at + length <= buffer.length))
    throw refuse('archive is truncated or corrupt')
}

const END_SIGNATURE = 0x06054b50
const END_BYTES = 22
const END64_SIGNATURE = 0x06064b50
const END64_BYTES = 56
const LOCATOR_SIGNATURE = 0x07064b50
const LOCATOR_BYTES = 20
const ENTRY_SIGNATURE = 0x02014b50
const ENTRY_BYTES = 46
const HEADER_SIGNATURE = 0x04034b50
const HEADER_BYTES = 30
/** The end record is followed by a comment of at most this length. */
const COMMENT_BYTES_MAX = 65_535
/** In a field of 32 bits: the value is in one of 64. */
const IN_64_BITS = 0xffffffff
const ENCRYPTED = 1

function locate(buffer: Buffer): Directory {
  const end = endRecordAt(buffer)
  if (end === undefined) throw refuse('archive is truncated: it has no directory')
  const end64 = end64RecordAt(buffer, end)
  const [count, sizeBytes, offset] =
    end64 === undefined
      ? [
          buffer.readUInt16LE(end + 10),
          buffer.readUInt32LE(end + 12),
          buffer.readUInt32LE(end + 16),
        ]
      : [read64(buffer, end64 + 32), read64(buffer, end64 + 40), read64(buffer, end64 + 48)]
  const at = (end64 ?? end) - sizeBytes
  if (at < offset) throw refuse('archive is truncated or corrupt')
  return { at, sizeBytes, count, shift: at - offset }
}

/** The last record whose comment goes on to the end: a comment may hold what looks like another. */
function endRecordAt(buffer: Buffer): number | undefined {
  const first = Math.max(0, buffer.length - END_BYTES - COMMENT_BYTES_MAX)
  for (let at = buffer.length - END_BYTES; at >= first; at--) {
    const isEnd =
      buffer.readUInt32LE(at) === END_SIGNATURE &&
      at + END_BYTES + buffer.readUInt16LE(at + 20) === buffer.length
    if (isEnd) return at
  }
  return undefined
}

/** The record of 64 bits just before its locator; undefined where the archive needs none. */
function end64RecordAt(buffer: Buffer, end: number): number | undefined {
  const locator = end - LOCATOR_BYTES
  if (locator < 0 || buffer.readUInt32LE(locator) !== LOCATOR_SIGNATURE) return undefined
  const at = locator - END64_BYTES
  checkRange(buffer, at, END64_BYTES)
  if (buffer.readUInt32LE(at) !== END64_SIGNATURE) throw corrupt()
  return at
}

interface Listed {
  readonly name: Buffer
  readonly extraBytes: number
  readonly shift: number
}

function readEntry(buffer: Buffer, at: number, { name, extraBytes, shift }: Listed): ZipEntry {
  if (buffer.readUInt16LE(at + 8) & ENCRYPTED) throw refuse('archive is encrypted')
  const wide = wideFields(buffer, at + ENTRY_BYTES + name.length, extraBytes)
  const [sizeBytes, packedBytes, offset] = [24, 20, 42].map((field) => {
    const value = buffer.readUInt32LE(at + field)
    if (value !== IN_64_BITS) return value
    const found = wide.shift()
    if (found === undefined) throw corrupt()
    return found
  }) as [number, number, number]
  const headerAt = offset + shift
  const contentAt = contentOf(buffer, headerAt, name)
  checkRange(buffer, contentAt, packedBytes)
  const method = buffer.readUInt16LE(at + 10)
  const crc = buffer.readUInt32LE(at + 16)
  return { method, crc, packedBytes, sizeBytes, headerAt, contentAt }
}

/** What an entry's header says of sizes and checksum is not read: a streamed one does not know. */
function contentOf(buffer: Buffer, headerAt: number, name: Buffer): number {
  checkRange(buffer, headerAt, HEADER_BYTES)
  const nameAt = headerAt + HEADER_BYTES
  const nameBytes = buffer.readUInt16LE(headerAt + 26)
  const isHeader = buffer.readUInt32LE(headerAt) === HEADER_SIGNATURE
  if (!isHeader || !buffer.subarray(nameAt, nameAt + nameBytes).equals(name)) {
    throw refuse(`archive entry ${quote(name.toString('utf8'))} is not where it should be`)
  }
  return nameAt + nameBytes + buffer.readUInt16LE(headerAt + 28)
}

/** The values of the extra field of zip64: of those that did not fit, in order. */
function wideFields(buffer: Buffer, start: number, extraBytes: number): number[] {
  const end = start + extraBytes
  for (let at = start; at + 4 <= end; ) {
    const sizeBytes = buffer.readUInt16LE(at + 2)
    const next = at + 4 + sizeBytes
    if (next > end) throw corrupt()
    if (buffer.readUInt16LE(at) === ZIP64_EXTRA) {
      const count = Math.min(3, Math.floor(sizeBytes / 8))
      return Array.from({ length: count }, (_, index) => read64(buffer, at + 4 + 8 * index))
    }
    at = next
  }
  return []
}

const ZIP64_EXTRA = 1

/** Entries that share bytes are how small archives unpack to petabytes. */
function checkApart(entries: ReadonlyMap<string, ZipEntry>, directoryAt: number): void {
  const sorted = [...entries].sort(([, left], [, right]) => left.headerAt - right.headerAt)
  for (const [index, [name, entry]] of sorted.entries()) {
    const next = sorted[index + 1]?.[1].headerAt ?? directoryAt
    if (entry.contentAt + entry.packedBytes > next)
      throw refuse(`archive entry ${quote(name)} overlaps what follows it`)
  }
}

function read64(buffer: Buffer, at: number): number {
  const value = Number(buffer.readBigUInt64LE(at))
  if (!Number.isSafeInteger(value)) throw corrupt()
  return value
}

function corrupt(): Error {
  return refuse('archive directory is corrupt')
}
