import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { median } from './bench/figures.ts'

/** `npm run bench:load -- FILE...`: how long models take to load, and how much memory (Linux). */
const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '7' } },
  allowPositionals: true,
})

interface Once {
  readonly tookMs: number
  readonly peakBytes: number
}

const run = promisify(execFile)
const program = fileURLToPath(new URL('bench/load-once.ts', import.meta.url))

async function measured(args: readonly string[]): Promise<readonly Once[]> {
  const all: Once[] = []
  for (let turn = 0; turn < Number(values.runs); turn++) {
    const { stdout } = await run(process.execPath, [program, ...args])
    all.push(JSON.parse(stdout) as Once)
  }
  return all
}

function figures(all: readonly Once[], sizeBytes: number): string {
  const times = all.map(({ tookMs }) => tookMs)
  const peak = Math.max(...all.map(({ peakBytes }) => peakBytes)) / sizeBytes
  return `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)}), ${peak.toFixed(1)} x`
}

const cache = await mkdtemp(join(tmpdir(), 'bench-load-'))
try {
  process.stdout.write(
    `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.versions.node}; median (least) of ${values.runs}, most memory by size of file\n\n| model | MB | read and hashed | and converted | and in ONNX Runtime | converted before |\n|---|---|---|---|---|---|\n`,
  )
  for (const file of positionals) {
    const { size } = await stat(file)
    const columns: string[] = []
    for (const args of [['read'], ['convert'], ['load'], ['load', cache]]) {
      const [what = '', ...rest] = args
      if (rest.length > 0) await run(process.execPath, [program, what, file, ...rest])
      columns.push(figures(await measured([what, file, ...rest]), size))
    }
    const megabytes = (size / 1e6).toFixed(1)
    process.stdout.write(`| ${basename(file)} | ${megabytes} | ${columns.join(' | ')} |\n`)
  }
} finally {
  await rm(cache, { recursive: true })
}
