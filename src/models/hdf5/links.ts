import { quote, refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'
import { type HeaderMessage, MESSAGE } from './object-header.ts'

/**
 * The members of a group: name to the address of the object's header. Undefined for what is no
 * group. Soft, external and user-defined links are refused, as Keras does.
 */
export function readLinks(
  bytes: Hdf5Bytes,
  messages: readonly HeaderMessage[],
): ReadonlyMap<string, number> | undefined {
  const table = messages.find((message) => message.type === MESSAGE.symbolTable)
  if (table) return readSymbolTable(bytes, table)
  const info = messages.find((message) => message.type === MESSAGE.linkInfo)
  const links = messages.filter((message) => message.type === MESSAGE.link)
  if (!info && links.length === 0) return undefined
  if (info) checkCompact(bytes, info)
  return new Map(links.map((message) => readLink(bytes, message)))
}

function readSymbolTable(bytes: Hdf5Bytes, message: HeaderMessage): ReadonlyMap<string, number> {
  const heap = bytes.u64(message.at + 8)
  bytes.expect(heap, 'HEAP')
  const names = { at: bytes.u64(heap + 24), sizeBytes: bytes.u64(heap + 8) }
  const links = new Map<string, number>()
  for (const node of symbolNodes(bytes, bytes.u64(message.at))) {
    bytes.expect(node, 'SNOD')
    const count = bytes.u16(node + 6)
    for (let index = 0; index < count; index++) {
      bytes.step()
      const entry = node + 8 + 40 * index
      const offset = bytes.u64(entry)
      const name = bytes.text(names.at + offset, Math.max(0, names.sizeBytes - offset))
      if (bytes.u32(entry + 16) === SOFT_LINK) throw refusedLink(name)
      links.set(name, bytes.u64(entry + 8))
    }
  }
  return links
}

/** In a symbol table entry, the cache type of a soft link. */
const SOFT_LINK = 2

/** The leaves of a version 1 B-tree, each visited once: a tree that points at itself is refused. */
function symbolNodes(bytes: Hdf5Bytes, root: number): readonly number[] {
  const leaves: number[] = []
  const waiting = [root]
  const seen = new Set<number>()
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    bytes.step()
    if (seen.has(node)) throw refuse('HDF5 group points at itself')
    seen.add(node)
    bytes.expect(node, 'TREE')
    if (bytes.u8(node + 4) !== 0) throw refuse('HDF5 group is corrupt')
    const level = bytes.u8(node + 5)
    const count = bytes.u16(node + 6)
    for (let index = 0; index < count; index++) {
      const child = bytes.u64(node + 32 + 16 * index)
      if (level === 0) leaves.push(child)
      else waiting.push(child)
    }
  }
  return leaves
}

/** A link message (HDF5 file format 3.0, IV.A.2.g); only hard links are followed. */
function readLink(bytes: Hdf5Bytes, message: HeaderMessage): readonly [string, number] {
  const flags = bytes.u8(message.at + 1)
  let at = message.at + 2
  const type = flags & 0x08 ? bytes.u8(at++) : 0
  if (flags & 0x04) at += 8
  if (flags & 0x10) at += 1
  const width = 1 << (flags & 3)
  const length = bytes.unsigned(at, width)
  const name = bytes.text(at + width, length)
  if (type !== 0) throw refusedLink(name)
  return [name, bytes.u64(at + width + length)]
}

/** Links in a fractal heap are not read: Keras never writes so. */
function checkCompact(bytes: Hdf5Bytes, info: HeaderMessage): void {
  const flags = bytes.u8(info.at + 1)
  const heap = bytes.u64(info.at + (flags & 1 ? 10 : 2))
  if (heap >= 0) throw refuse('HDF5 links are stored densely, which is not supported')
}

function refusedLink(name: string): Error {
  return refuse(`HDF5 entry ${quote(name)} is a soft or external link, which is not allowed`)
}
