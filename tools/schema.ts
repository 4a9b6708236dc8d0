import { writeFile } from 'node:fs/promises'
import { pipelineJsonSchema } from '../src/pipeline/json-schema.ts'

// Writes schema/pipeline.json, which editors use to complete and check fogline.yaml.
const target = new URL('../schema/pipeline.json', import.meta.url)
await writeFile(target, `${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`)
