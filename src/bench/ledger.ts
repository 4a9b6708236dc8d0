import { histogram } from '../std/histogram.ts'
import { sampleId } from './devices.ts'

/** What became of the digits that were sent, by sample id: the first answer of each counts. */
export interface Ledger {
  /** Sample `index` is about to be sent. */
  send(index: number): void
  /** An answer was read: from which tier, for which id, of which class. */
  answer(tier: string, id: string, predicted: unknown): void
  /** A dead letter was read. */
  bury(id: string): void
  /** Digits that are answered or dead letters. */
  settled(): number
  readonly deadLetters: number
  /** The answers of a tier, or of all. */
  tally(tier?: string): Tally
}

/** The answers of a tier; latencies are from sending a digit to reading its answer. */
export interface Tally {
  readonly tier: string
  readonly answers: number
  readonly correct: number
  readonly latencyMsP50?: number | undefined
  readonly latencyMsP99?: number | undefined
}

interface Entry {
  readonly tier: string
  readonly isCorrect: boolean
  readonly latencyMs: number
}

/** A ledger of digits whose classes are `labels`; `now` is one clock for sending and reading, in ms. */
export function openLedger(labels: Uint8Array, now: () => number): Ledger {
  const sent = new Map<string, { readonly index: number; readonly atMs: number }>()
  const answers = new Map<string, Entry>()
  const buried = new Set<string>()
  return {
    send: (index) => sent.set(sampleId(index), { index, atMs: now() }),
    answer: (tier, id, predicted) => {
      const sample = sent.get(id)
      if (!sample || answers.has(id)) return
      const isCorrect = predicted === labels[sample.index]
      answers.set(id, { tier, isCorrect, latencyMs: now() - sample.atMs })
    },
    bury: (id) => buried.add(id),
    settled: () => answers.size + buried.size,
    get deadLetters() {
      return buried.size
    },
    tally: (tier) => {
      const entries = [...answers.values()].filter((one) => tier === undefined || one.tier === tier)
      return { tier: tier ?? 'all', ...tallyOf(entries) }
    },
  }
}

function tallyOf(entries: readonly Entry[]): Omit<Tally, 'tier'> {
  const latencies = histogram()
  for (const { latencyMs } of entries) latencies.add(latencyMs)
  return {
    answers: entries.length,
    correct: entries.filter((one) => one.isCorrect).length,
    latencyMsP50: latencies.quantile(0.5),
    latencyMsP99: latencies.quantile(0.99),
  }
}
