import { readFileSync, writeFileSync } from 'node:fs'
import { loadSection } from '../../src/models/load.ts'
import { readModelFile } from '../../src/models/model-file.ts'
import { prepareModel } from '../../src/models/prepare.ts'
import { forbidTelemetry } from '../../src/models/telemetry.ts'

/**
 * One look at a model file in a process of its own, which has loaded another model before. Prints as
 * JSON how long it took, and by how much the process grew at most: `load-once.ts WHAT FILE [CACHE]`.
 */
forbidTelemetry(process.env)
const [what = '', file = '', cacheFolder] = process.argv.slice(2)
const warm = new URL('../../examples/digits/models/edge.keras', import.meta.url).pathname

const acts: Readonly<Record<string, () => Promise<unknown>>> = {
  read: () => readModelFile(file),
  convert: async () => prepareModel(await readModelFile(file)).parts(),
  load: () => loadSection(file, { cacheFolder }),
}

/** In bytes; Linux only. */
function memory(field: 'VmHWM' | 'VmRSS'): number {
  const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))
  return 1024 * Number(line?.[1])
}

await (await loadSection(warm)).close()
// Forgets the highest mark so far (proc(5)).
writeFileSync('/proc/self/clear_refs', '5')
const beforeBytes = memory('VmRSS')
const startMs = performance.now()
await acts[what]?.()
const tookMs = performance.now() - startMs
process.stdout.write(`${JSON.stringify({ tookMs, peakBytes: memory('VmHWM') - beforeBytes })}\n`)
process.exit(0)
