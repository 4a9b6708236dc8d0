import { writeFile } from 'node:fs/promises'
import { modelsPage } from './reference/models-page.ts'

// Writes docs/reference/models.md: what models may be made of.
await writeFile(new URL('../docs/reference/models.md', import.meta.url), modelsPage())
