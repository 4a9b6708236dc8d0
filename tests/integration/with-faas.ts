import assert from 'node:assert/strict'
import { embeddedFaas } from '../../src/faas/embedded-faas.ts'
import type { Faas, FunctionMetrics } from '../../src/faas/faas.ts'
import { gateway } from '../../src/faas/gateway.ts'
import type { FaasLimits } from '../../src/faas/limits.ts'
import { noLog } from '../../src/std/log.ts'

/** A FaaS under test. */
export interface FaasBench {
  readonly faas: Faas
  /** Calls the function `echo` through the gateway. */
  call(headers?: Record<string, string>, init?: RequestInit): Promise<Response>
  /** A function's numbers of the moment; `echo`'s unless another is named. */
  metrics(name?: string): FunctionMetrics
}

/** Runs `use` with a FaaS, then closes it. */
export async function withFaas(
  use: (bench: FaasBench) => Promise<void>,
  limits: Partial<FaasLimits> = {},
): Promise<void> {
  const faas = embeddedFaas({ log: noLog, now: Date.now, limits })
  const handler = gateway(faas)
  try {
    await use({
      faas,
      call: (headers = {}, init = {}) =>
        handler(new Request('http://gateway/function/echo', { headers, ...init })),
      metrics: (name = 'echo') => {
        const metrics = faas.list().find((one) => one.name === name)
        assert.ok(metrics)
        return metrics
      },
    })
  } finally {
    await faas.close()
  }
}

/** The replica that gave this answer, which has to be a good one. */
export async function replicaOf(response: Response | Promise<Response>): Promise<string> {
  const answer = await response
  assert.equal(answer.status, 200, await answer.clone().text())
  return (await answer.json()).replica
}

/** The status of a failure, which says why. */
export async function failureOf(
  response: Response | Promise<Response>,
): Promise<{ readonly status: number; readonly error: string }> {
  const answer = await response
  return { status: answer.status, error: (await answer.json()).error }
}
