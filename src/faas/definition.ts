import { access } from 'node:fs/promises'
import type { Isolation, ScalingRule } from '../core/platform.ts'
import { FoglineError } from '../std/errors.ts'

/** A function as the embedded FaaS is given it. */
export interface FunctionDefinition {
  /** A DNS label: lower-case letters, digits and `-`, at most 63 characters. */
  readonly name: string
  /** The program that each replica runs, a `file:` URL; it announces its port (see announcement.ts). */
  readonly entry: URL
  /** Its whole environment, but for FOGLINE_HOST and FOGLINE_PORT, which the FaaS sets. */
  readonly env: Readonly<Record<string, string>>
  readonly scaling: ScalingRule
  readonly isolation: Isolation
  /** One invocation may take this long at a replica. */
  readonly timeoutMs: number
}

/** RFC 1123, as Kubernetes and OpenFaaS have it. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Replicas of one function on one machine; far more than it has cores. */
const REPLICAS_MAX = 64

/** Invocations at one replica at a time: each is a connection. */
const CONCURRENCY_MAX = 1_000

/** The longest delay that a timer can have. */
const MS_MAX = 2 ** 31 - 1

/** Throws ERR_CONFIG where `definition` breaks a rule or its program is not there. */
export async function checkDefinition(definition: FunctionDefinition): Promise<void> {
  const { name, entry, scaling } = definition
  const fail = (problem: string, cause?: unknown): never => {
    throw new FoglineError(`Cannot deploy function "${name}": ${problem}`, {
      code: 'ERR_CONFIG',
      cause,
    })
  }
  if (!NAME.test(name)) fail('its name is not a DNS label (a-z, 0-9 and -, 63 characters at most)')
  for (const problem of scalingProblems(scaling)) fail(problem)
  const { timeoutMs } = definition
  if (!isWhole(timeoutMs, 1, MS_MAX)) fail(`timeoutMs is "${timeoutMs}" (1 to ${MS_MAX})`)
  if (entry.protocol !== 'file:') fail(`its entry is "${entry.href}" (a file: URL)`)
  await access(entry).catch((cause) => fail(`there is no file "${entry.pathname}"`, cause))
}

/** Throws ERR_ARGUMENT unless the function may have so many replicas. */
export function checkReplicas(definition: FunctionDefinition, replicas: number): void {
  const { maxReplicas } = definition.scaling
  if (isWhole(replicas, 0, maxReplicas)) return
  throw new FoglineError(
    `Cannot scale function "${definition.name}" to "${replicas}" replicas: allowed are 0 to ${maxReplicas}`,
    { code: 'ERR_ARGUMENT' },
  )
}

function scalingProblems(scaling: ScalingRule): readonly string[] {
  const { minReplicas, maxReplicas, targetConcurrency, idleTimeoutMs } = scaling
  const bounds = [
    ['maxReplicas', maxReplicas, 1, REPLICAS_MAX],
    ['minReplicas', minReplicas, 0, maxReplicas],
    ['targetConcurrency', targetConcurrency, 1, CONCURRENCY_MAX],
    ['idleTimeoutMs', idleTimeoutMs, 0, MS_MAX],
  ] as const
  return bounds
    .filter(([, value, min, max]) => !isWhole(value, min, max))
    .map(([key, value, min, max]) => `${key} is "${value}" (a whole number, ${min} to ${max})`)
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}
