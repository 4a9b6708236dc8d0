import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { elementCount, elementSizeBytes, tensorFromBytes, toFloats } from '../src/core/tensor.ts'
import { loadSection } from '../src/models/load.ts'
import { forbidTelemetry } from '../src/models/telemetry.ts'
import { messageOf } from '../src/std/errors.ts'

/**
 * Loads what tools/architectures.py has built, and prints how far the answers are from Keras', relative
 * to the largest, beside the times of loading and of a sample: `compare-architectures.ts FOLDER [NAME]`.
 */
forbidTelemetry(process.env)
const [folder = '', wanted = ''] = process.argv.slice(2)
const RUNS = 5

for (const index of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
  if (!index.startsWith(wanted)) continue
  const { files, input, output } = JSON.parse(readFileSync(join(folder, index), 'utf8'))
  const bytes = readFileSync(join(folder, index.replace(/json$/, 'bin')))
  const inputBytes = elementCount(input.shape) * elementSizeBytes(input.datatype)
  const sample = tensorFromBytes(bytes.subarray(0, inputBytes), input)
  const expected = toFloats(tensorFromBytes(bytes.subarray(inputBytes), output))
  for (const file of files) {
    try {
      const start = performance.now()
      const section = await loadSection(join(folder, file))
      const loadMs = performance.now() - start
      const [answer] = await section.run([sample])
      if (!answer) throw new Error('no answer')
      const times: number[] = []
      for (let run = 0; run < RUNS; run++) {
        const before = performance.now()
        await section.run([sample])
        times.push((performance.now() - before) / (sample.shape[0] ?? 1))
      }
      await section.close()
      const given = toFloats(answer)
      const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
      const difference = expected.reduce(
        (max, value, at) => Math.max(max, Math.abs(value - (given[at] ?? Number.NaN))),
        0,
      )
      const sampleMs = Math.min(...times).toFixed(1)
      print(
        file,
        (difference / largest).toExponential(1),
        `${loadMs.toFixed(0)} ms`,
        `${sampleMs} ms`,
      )
    } catch (error) {
      print(file, messageOf(error))
    }
  }
}

function print(...columns: readonly string[]): void {
  process.stdout.write(`${columns.map((column) => column.padEnd(36)).join('')}\n`)
}
