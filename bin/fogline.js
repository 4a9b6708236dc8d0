#!/usr/bin/env -S node --max-semi-space-size=1
// The flag keeps memory small: records and tensors are old before a larger young generation fills.
// Plain JavaScript of old, so that an old Node still reaches the message.
const NODE_MAJOR_MIN = 24

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `Cannot run Fogline: this is Node.js ${process.versions.node} (${NODE_MAJOR_MIN} or newer is needed)\n`,
  )
  process.exit(1)
} else {
  const { existsSync } = await import('node:fs')
  const source = new URL('../src/cli/main.ts', import.meta.url)
  await import(
    existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href
  )
}
