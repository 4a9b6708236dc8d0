import { elementCount, type Tensor } from '../../../core/tensor.ts'
import { SHARDS_MAX } from '../../limits.ts'
import type { ModelFolder } from '../../model-folder.ts'
import { type Message, readMessage } from '../../protobuf.ts'
import { quote, refuse } from '../../refuse.ts'
import { elementKind, readElements, readShape } from '../element-kind.ts'
import { maskedCrc32c } from './crc32c.ts'
import { readTable } from './table.ts'

/** The variables of a checkpoint, read when they are asked for. */
export interface Bundle {
  /** The value of `key`, a view of its shard where it can be; ERR_MODEL where it is corrupt. */
  read(key: string): Tensor
}

/** What a checkpoint's files are called in a SavedModel, before their endings. */
const PREFIX = 'variables/variables'

/** The checkpoint of a SavedModel (tensorflow/core/util/tensor_bundle), of one or several shards. */
export function openBundle(folder: ModelFolder): Bundle {
  const entries = readTable(folder.read(`${PREFIX}.index`))
  const header = entries.get('')
  if (!header) throw refuse('variables.index has no header')
  const shards = openShards(folder, readMessage(header))
  return {
    read: (key) => {
      const entry = entries.get(key)
      if (key === '' || !entry) throw refuse(`checkpoint has no variable ${quote(key)}`)
      return readVariable(key, readMessage(entry), shards)
    },
  }
}

type Shards = (shard: number) => Uint8Array

function openShards(folder: ModelFolder, header: Message): Shards {
  if (header.integer(2) !== 0) throw refuse('variables are big-endian, which is not supported')
  const count = header.integer(1)
  if (count < 1 || count > SHARDS_MAX) {
    throw refuse(`variables lie in ${count} shards (1 to ${SHARDS_MAX})`)
  }
  return (shard) => {
    if (shard < 0 || shard >= count)
      throw refuse(`variables.index names shard ${shard} of ${count}`)
    const [number, total] = [shard, count].map((each) => String(each).padStart(5, '0'))
    return folder.read(`${PREFIX}.data-${number}-of-${total}`)
  }
}

/** A BundleEntryProto, with what it points at. */
function readVariable(key: string, entry: Message, shards: Shards): Tensor {
  const name = `variable ${quote(key)}`
  if (entry.all(7).length > 0) throw refuse(`${name} is stored in slices, which is not supported`)
  const kind = elementKind(entry.integer(1), name)
  const shape = readShape(entry.message(2), name)
  const shard = shards(entry.integer(3))
  const offset = entry.integer(4)
  const sizeBytes = entry.integer(5)
  const wanted = elementCount(shape) * kind.sizeBytes
  if (sizeBytes !== wanted || offset < 0 || offset + sizeBytes > shard.length) {
    throw refuse(`${name} lies outside of its shard, or is not ${wanted} bytes`)
  }
  const bytes = shard.subarray(offset, offset + sizeBytes)
  const crc = entry.bytes(6)
  const isRight = crc?.length === 4 && Buffer.from(crc).readUInt32LE(0) === maskedCrc32c(bytes)
  if (!isRight) throw refuse(`${name} is corrupt: its checksum is wrong`)
  return readElements(bytes, { kind, shape })
}
