import assert from 'node:assert/strict'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { startModelServer } from '../fixtures/model-server.ts'
import { digitsFile, fogline, startUp } from './processes.ts'

/** The digits example, its models on a server: one asked for by its digest, one a result of Kafka-ML. */
function pipelineText(origin: string, fogSha256: string): string {
  const allowed = 'allowHttp: true, allowPrivate: true'
  return `name: away
tiers:
  - name: edge
    model: { address: "${origin}/edge.keras?signature=hidden", ${allowed} }
    input: { datatype: UINT8, scale: 0.00392156862745098 }
  - { name: fog, model: { address: "${origin}/fog.keras", ${allowed}, sha256: ${fogSha256} } }
  - { name: cloud, model: "kafka-ml+${origin}/7" }
`
}

const DIGITS = 20
const DIGIT_SIZE_BYTES = 28 * 28

const FILES: Readonly<Record<string, string>> = {
  '/edge.keras?signature=hidden': 'edge.keras',
  '/fog.keras': 'fog.keras',
  '/results/model/7': 'cloud.h5',
}

describe('a pipeline whose models are on a server', () => {
  it('answers, and does so again when the server is gone', async () => {
    await using root = await mkdtempDisposable(join(tmpdir(), 'fogline-models-'))
    const folder = root.path
    await using server = await startModelServer(async (request, response) => {
      const file = FILES[request.url ?? '']
      response.end(file && (await readFile(digitsFile('models', file))))
    })
    const { stdout } = await fogline(
      ['inspect', digitsFile('models', 'fog.keras'), '--json'],
      folder,
    )
    const { sha256 } = JSON.parse(stdout) as { sha256: string }
    await writeFile(join(folder, 'fogline.yaml'), pipelineText(server.origin, sha256))
    const digits = await readFile(digitsFile('digits.u8'))
    await writeFile(join(folder, 'digits.u8'), digits.subarray(0, DIGITS * DIGIT_SIZE_BYTES))

    const valid = await fogline(['validate', '--json'], folder)
    assert.equal(valid.code, 0, valid.stderr)
    assert.doesNotMatch(valid.stdout + valid.stderr, /hidden/)
    for (const times of [1, 2]) {
      await using up = await startUp(folder, 0)
      const args = ['send', 'edge', 'digits.u8', '--url', up.url, '--json']
      const sent = await fogline(args, folder)
      assert.equal(sent.code, 0, sent.stderr)
      const tail = [
        'tail',
        '--url',
        up.url,
        '--from',
        'earliest',
        '--count',
        String(DIGITS * times),
      ]
      const answers = await fogline([...tail, '--json'], folder)
      assert.equal(answers.code, 0, answers.stderr)
      await up.end('SIGTERM')
      await server.close()
    }
    assert.deepEqual(
      [...new Set(server.requests.map(({ url }) => basename(url ?? '')))].toSorted(),
      ['7', 'edge.keras?signature=hidden', 'fog.keras'],
    )
  })
})
