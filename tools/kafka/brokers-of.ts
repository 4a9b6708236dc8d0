import { createConnection } from 'node:net'

/** A broker on the way up or down may take a connection and stay silent. */
const ANSWER_TIME_MAX_MS = 2_000

const SIZE_BYTES = 4

/** The ids of the brokers that the one at `port` knows to be up; none while it does not answer. */
export async function brokersOf(port: number): Promise<readonly number[]> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  socket.setTimeout(ANSWER_TIME_MAX_MS, () => socket.destroy())
  try {
    socket.write(METADATA_REQUEST)
    let answer = Buffer.alloc(0)
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk])
      if (isWhole(answer)) return idsIn(answer)
    }
  } catch {
    // Not up yet, or not any more.
  } finally {
    socket.destroy()
  }
  return []
}

// size, api_key 3, api_version 1, correlation_id 0, no client_id, no topics
const METADATA_REQUEST = Buffer.from(
  '0000000e' + '0003' + '0001' + '00000000' + 'ffff' + '00000000',
  'hex',
)

function isWhole(answer: Buffer): boolean {
  return answer.length >= SIZE_BYTES && answer.length >= SIZE_BYTES + answer.readInt32BE(0)
}

/** size, correlation_id, then an array of brokers: id, host, port, rack. */
function idsIn(answer: Buffer): readonly number[] {
  const ids: number[] = []
  let at = 12
  for (let left = answer.readInt32BE(8); left > 0; left--) {
    ids.push(answer.readInt32BE(at))
    at += 4 + 2 + answer.readInt16BE(at + 4) + 4
    at += 2 + Math.max(0, answer.readInt16BE(at))
  }
  return ids
}
