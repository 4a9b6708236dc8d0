import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { it } from 'node:test'
import { forwardLines, OutputTail } from './output-lines.ts'

async function linesOf(chunks: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = []
  const stream = new PassThrough()
  forwardLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await once(stream, 'end')
  return lines
}

it('forwardLines() joins chunks to lines, the last without its end too', async () => {
  assert.deepEqual(await linesOf(['one\ntw', 'o\r\n\n', 'three']), ['one', 'two', 'three'])
})

it('forwardLines() cuts lines that have no end', async () => {
  const [line] = await linesOf(Array.from({ length: 100 }, () => 'x'.repeat(1_000)))
  assert.equal(line?.length, 4_096)
})

it('OutputTail.reason() is the last line that names an error, else the last line', () => {
  const tail = new OutputTail()
  assert.equal(tail.reason(), undefined)
  tail.add('starting')
  assert.equal(tail.reason(), 'starting')
  for (const line of ['TypeError: x is not a function', '    at main.ts:1', 'Node.js v24']) {
    tail.add(line)
  }
  assert.equal(tail.reason(), 'TypeError: x is not a function')
  for (let line = 0; line < 30; line++) tail.add(`${line}`)
  assert.equal(tail.reason(), '29')
})
