import { refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'

/** The kinds of header messages that are read (HDF5 file format 3.0, IV.A.2). */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const

/** One message of an object's header: where its content lies. */
export interface HeaderMessage {
  readonly type: number
  readonly at: number
  readonly sizeBytes: number
  /** Whether it only says where the message itself is; true for datatypes only. */
  readonly isShared: boolean
}

/** A stretch of the file that holds messages. */
interface Block {
  readonly at: number
  readonly sizeBytes: number
}

/** How messages are laid out: version 2 may add two bytes of creation order to each. */
interface Layout {
  readonly version: 1 | 2
  readonly prefixBytes: number
}

/** All messages of the object whose header is at `address`, of version 1 or 2. */
export function readObjectHeader(bytes: Hdf5Bytes, address: number): readonly HeaderMessage[] {
  if (bytes.text(address, 4) === 'OHDR') return readVersion2(bytes, address)
  if (bytes.u8(address) !== 1) throw refuse('HDF5 object header is corrupt')
  const block = { at: address + 16, sizeBytes: bytes.u32(address + 8) }
  return readBlocks(bytes, block, { version: 1, prefixBytes: 8 })
}

function readVersion2(bytes: Hdf5Bytes, address: number): readonly HeaderMessage[] {
  if (bytes.u8(address + 4) !== 2) throw refuse('HDF5 object header is of an unknown version')
  const flags = bytes.u8(address + 5)
  let at = address + 6
  if (flags & 0x20) at += 16
  if (flags & 0x10) at += 4
  const width = 1 << (flags & 3)
  const block = { at: at + width, sizeBytes: bytes.unsigned(at, width) }
  return readBlocks(bytes, block, { version: 2, prefixBytes: flags & 0x04 ? 6 : 4 })
}

function readBlocks(bytes: Hdf5Bytes, first: Block, layout: Layout): readonly HeaderMessage[] {
  const messages: HeaderMessage[] = []
  const blocks: Block[] = [first]
  const seen = new Set<number>()
  for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
    bytes.step()
    if (seen.has(block.at)) throw refuse('HDF5 object header points at itself')
    seen.add(block.at)
    for (const message of messagesOf(bytes, block, layout)) {
      if (message.type === MESSAGE.continuation) blocks.push(continued(bytes, message, layout))
      else messages.push(message)
    }
  }
  return messages
}

function* messagesOf(bytes: Hdf5Bytes, block: Block, layout: Layout): Generator<HeaderMessage> {
  const end = block.at + block.sizeBytes
  let at = block.at
  while (at + layout.prefixBytes <= end) {
    bytes.step()
    const type = layout.version === 1 ? bytes.u16(at) : bytes.u8(at)
    const sizeBytes = bytes.u16(at + (layout.version === 1 ? 2 : 1))
    const flags = bytes.u8(at + (layout.version === 1 ? 4 : 3))
    at += layout.prefixBytes
    if (at + sizeBytes > end) throw refuse('HDF5 object header is corrupt')
    const isShared = type !== 0 && (flags & 0x02) !== 0
    if (isShared && type !== MESSAGE.datatype)
      throw refuse('HDF5 header shares its messages, which is not supported')
    yield { type, at, sizeBytes, isShared }
    at += sizeBytes
  }
}

/** Where a header goes on; version 2 wraps the block in a signature and a checksum. */
function continued(bytes: Hdf5Bytes, message: HeaderMessage, layout: Layout): Block {
  const at = bytes.u64(message.at)
  const sizeBytes = bytes.u64(message.at + 8)
  if (layout.version === 1) return { at, sizeBytes }
  bytes.expect(at, 'OCHK')
  return { at: at + 4, sizeBytes: sizeBytes - 8 }
}
