import { setTimeout as sleep } from 'node:timers/promises'
import type { Door, Sample } from '../ingest/door.ts'
import { FoglineError } from '../std/errors.ts'

/** Devices that send samples to a tier, each in its own order. */
export interface DevicesOptions {
  readonly door: Door
  readonly tier: string
  /** Sample i belongs to device i modulo `devices`. */
  readonly samples: readonly Uint8Array[]
  readonly devices: number
  /** Samples a second, of all devices together; as fast as acknowledged where absent. */
  readonly ratePerSecond?: number | undefined
  /** Just before sample i is sent. */
  readonly onSend: (index: number) => void
  readonly signal: AbortSignal
}

/** The id of sample `index`. */
export function sampleId(index: number): string {
  return `digit-${index}`
}

/**
 * Sends every sample once, as raw bytes with key `device-N`; a device waits for its acknowledgement.
 * Throws ERR_UNAVAILABLE where a sample is not taken.
 */
export async function runDevices(options: DevicesOptions): Promise<void> {
  const startMs = performance.now()
  const device = async (number: number) => {
    for (let index = number; index < options.samples.length; index += options.devices) {
      if (options.ratePerSecond) {
        await until(startMs + (1000 * index) / options.ratePerSecond, options.signal)
      }
      if (options.signal.aborted) return
      await send(options, { index, number })
    }
  }
  await Promise.all(Array.from({ length: options.devices }, (_, number) => device(number)))
}

async function send(
  { door, tier, samples, onSend, signal }: DevicesOptions,
  { index, number }: { readonly index: number; readonly number: number },
): Promise<void> {
  const sample: Sample = {
    body: samples[index] ?? new Uint8Array(),
    headers: {
      'content-type': 'application/octet-stream',
      'fogline-id': sampleId(index),
      'fogline-key': `device-${number + 1}`,
    },
  }
  onSend(index)
  const { status } = await door.ingest(tier, sample, signal)
  if (status === 202) return
  throw new FoglineError(`Cannot send sample ${index}: the door answered ${status}`, {
    code: 'ERR_UNAVAILABLE',
  })
}

async function until(timeMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = timeMs - performance.now()
  if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {})
}
