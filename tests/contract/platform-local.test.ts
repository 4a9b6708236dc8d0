import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Isolation } from '../../src/core/platform.ts'
import { embeddedFaas } from '../../src/faas/embedded-faas.ts'
import { gateway } from '../../src/faas/gateway.ts'
import { localEntries, localPlatform } from '../../src/platforms/local.ts'
import { noLog } from '../../src/std/log.ts'
import { fixture } from '../fixtures/functions/definitions.ts'
import { type PlatformUnderTest, platformContract } from './platform-contract.ts'

async function onLocal(
  isolation: Isolation,
  test: (platform: PlatformUnderTest) => Promise<void>,
): Promise<void> {
  const faas = embeddedFaas({ log: noLog, now: Date.now })
  const handler = gateway(faas)
  const { entry, ...echo } = fixture('echo', { isolation })
  const spec = { ...echo, code: 'inference' } as const
  const entries = { inference: entry, funnel: entry }
  const platform = localPlatform({ faas, baseUrl: 'http://gateway', entries })
  try {
    await test({
      platform,
      spec,
      failing: { ...spec, name: 'failing', env: { FAIL: '1' } },
      mark: async ({ url }) => {
        const response = await handler(new Request(url))
        assert.equal(response.status, 200)
        return (await response.json()).env.MARK
      },
    })
  } finally {
    await faas.close()
  }
}

for (const isolation of ['thread', 'process'] as const) {
  platformContract(`local, a ${isolation} a replica`, (test) => onLocal(isolation, test))
}

it('localEntries() are programs beside the running code', () => {
  const { inference, funnel } = localEntries()
  assert.match(inference.pathname, /\/src\/functions\/inference\.main\.ts$/)
  assert.match(funnel.pathname, /\/src\/functions\/funnel\.main\.ts$/)
})
