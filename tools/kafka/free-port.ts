import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152):
// a broker that was stopped finds its port free again, and a client that knocks on the closed port
// cannot by chance be connected to itself.
const PORT_MIN = 15_000
const PORT_MAX = 32_000

const ATTEMPTS_MAX = 100

/** A port of 127.0.0.1 that was free a moment ago and that outgoing connections do not take. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = randomInt(PORT_MIN, PORT_MAX)
    if (await isFree(port)) return port
  }
  throw new RangeError(`No free port found in ${ATTEMPTS_MAX} attempts`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
