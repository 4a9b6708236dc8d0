import { extname } from 'node:path'
import type { FunctionCode, FunctionStatus, Platform } from '../core/platform.ts'
import type { Faas, FunctionMetrics } from '../faas/faas.ts'
import { FoglineError } from '../std/errors.ts'

/** The program of each function that Fogline ships. */
export type FunctionEntries = Readonly<Record<FunctionCode, URL>>

/** What the local platform is made of. */
export interface LocalPlatformOptions {
  readonly faas: Faas
  /** Where the gateway of `faas` is served: `http://127.0.0.1:8470`. */
  readonly baseUrl: string
  readonly entries: FunctionEntries
}

/** Functions as threads or processes of this machine. */
export function localPlatform({ faas, baseUrl, entries }: LocalPlatformOptions): Platform {
  const statusOf = (metrics: FunctionMetrics): FunctionStatus => {
    const { name, replicas, availableReplicas, coldStarts, coldStartMs } = metrics
    return {
      name,
      url: `${baseUrl}/function/${name}`,
      replicas,
      availableReplicas,
      coldStarts,
      ...(coldStartMs !== undefined && { coldStartMs }),
    }
  }
  return {
    deploy: async ({ code, ...spec }) => {
      await faas.deploy({ ...spec, entry: entries[code] })
      const metrics = faas.list().find(({ name }) => name === spec.name)
      if (metrics) return statusOf(metrics)
      throw new FoglineError(`Cannot deploy function "${spec.name}": it was removed meanwhile`, {
        code: 'ERR_FUNCTION',
      })
    },
    remove: (name) => faas.remove(name),
    scale: (name, replicas) => faas.scale(name, replicas),
    list: async () => faas.list().map(statusOf),
  }
}

/** The programs beside this file: TypeScript in the repository, JavaScript in the package. */
export function localEntries(): FunctionEntries {
  const extension = extname(import.meta.url)
  const entry = (code: FunctionCode) =>
    new URL(`../functions/${code}.main${extension}`, import.meta.url)
  return { inference: entry('inference'), funnel: entry('funnel') }
}
