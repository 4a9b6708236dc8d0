import { quote, refuse } from '../refuse.ts'
import { leavesOf } from './btree-1.ts'
import { recordsOf } from './btree-2.ts'
import { type Hdf5Bytes, UNDEFINED } from './bytes.ts'
import { openHeap } from './fractal-heap.ts'
import { type HeaderMessage, MESSAGE } from './object-header.ts'

/**
 * The members of a group: name to the address of the object's header. Undefined for what is no
 * group. Soft, external and user-defined links are refused, as Keras does.
 */
export function readLinks(
  bytes: Hdf5Bytes,
  messages: readonly HeaderMessage[],
): ReadonlyMap<string, number> | undefined {
  const found = linksOf(bytes, messages)
  if (!found) return undefined
  const links = new Map<string, number>()
  for (const [name, address] of found) {
    if (links.has(name)) throw refuse(`HDF5 group has ${quote(name)} twice`)
    links.set(name, address)
  }
  return links
}

type Link = readonly [name: string, address: number]

function linksOf(bytes: Hdf5Bytes, messages: readonly HeaderMessage[]): Iterable<Link> | undefined {
  const table = messages.find((message) => message.type === MESSAGE.symbolTable)
  if (table) return inSymbolTable(bytes, table)
  const info = messages.find((message) => message.type === MESSAGE.linkInfo)
  const links = messages.filter((message) => message.type === MESSAGE.link)
  return info || links.length > 0 ? inMessages(bytes, links, info) : undefined
}

/** Links beyond a handful lie in a heap, listed by a tree of their names (type 5). */
function* inMessages(
  bytes: Hdf5Bytes,
  links: readonly HeaderMessage[],
  info: HeaderMessage | undefined,
): Generator<Link> {
  for (const { at } of links) yield readLink(bytes, at)
  if (!info) return
  const flags = bytes.u8(info.at + 1)
  const addresses = info.at + (flags & 1 ? 10 : 2)
  const heap = bytes.u64(addresses)
  if (heap === UNDEFINED) return
  const find = openHeap(bytes, heap)
  for (const { at } of recordsOf(bytes, bytes.u64(addresses + 8), [5])) {
    // A hash of the name comes first.
    yield readLink(bytes, find(at + 4).at)
  }
}

function* inSymbolTable(bytes: Hdf5Bytes, message: HeaderMessage): Generator<Link> {
  const heap = bytes.u64(message.at + 8)
  bytes.expect(heap, 'HEAP')
  const names = { at: bytes.u64(heap + 24), sizeBytes: bytes.u64(heap + 8) }
  const leaves = leavesOf(bytes, bytes.u64(message.at), { type: 0, keyBytes: 8 })
  for (const { child: node } of leaves) {
    bytes.expect(node, 'SNOD')
    const count = bytes.u16(node + 6)
    for (let index = 0; index < count; index++) {
      bytes.step()
      const entry = node + 8 + 40 * index
      const offset = bytes.u64(entry)
      const name = bytes.text(names.at + offset, Math.max(0, names.sizeBytes - offset))
      if (bytes.u32(entry + 16) === SOFT_LINK) throw refusedLink(name)
      yield [name, bytes.u64(entry + 8)]
    }
  }
}

/** In a symbol table entry, the cache type of a soft link. */
const SOFT_LINK = 2

/** A link message (HDF5 file format 3.0, IV.A.2.g); only hard links are followed. */
function readLink(bytes: Hdf5Bytes, start: number): Link {
  const flags = bytes.u8(start + 1)
  let at = start + 2
  const type = flags & 0x08 ? bytes.u8(at++) : 0
  if (flags & 0x04) at += 8
  if (flags & 0x10) at += 1
  const width = 1 << (flags & 3)
  const length = bytes.unsigned(at, width)
  const name = bytes.text(at + width, length)
  if (type !== 0) throw refusedLink(name)
  return [name, bytes.u64(at + width + length)]
}

function refusedLink(name: string): Error {
  return refuse(`HDF5 entry ${quote(name)} is a soft or external link, which is not allowed`)
}
