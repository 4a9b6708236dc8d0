import { retriedRecord } from '../../core/dead-letter.ts'
import type { DeadLetterBox } from './box.ts'
import { Handling } from './handling.ts'
import { placeText } from './letter.ts'
import { unhandled } from './unhandled.ts'

/** What becomes of letters: they are sent to the tier's input again, or only marked as handled. */
export type Verdict = 'retry' | 'drop'

/** Which letters, of those that nobody has handled: all there are now, or some by their places. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly letters: ReadonlySet<string> }

/** What a verdict did. */
export interface Handled {
  readonly handled: number
  /** Places that were named but hold no letter that was still to be handled. */
  readonly missing: readonly string[]
}

/**
 * Retries or drops letters, each batch in one settle: on a broker with transactions a retry is
 * written and its letter handled together, else in this order, so that none is lost; one that is
 * then sent twice has one identity.
 */
export async function handleLetters(
  box: DeadLetterBox,
  { verdict, selection }: { readonly verdict: Verdict; readonly selection: Selection },
  quietMs: number,
): Promise<Handled> {
  const partitions = new Map<number, Handling>()
  const missing = new Set(selection.kind === 'some' ? selection.letters : [])
  let handled = 0
  for await (const { partition, letters, settle } of unhandled(box, quietMs)) {
    const handling = partitions.get(partition) ?? new Handling(partition)
    partitions.set(partition, handling)
    const chosen = letters.filter((letter) => {
      const isChosen = selection.kind === 'all' || missing.delete(placeText(letter))
      handling.take(letter.offset, isChosen)
      return isChosen
    })
    if (chosen.length > 0) {
      const retried = verdict === 'drop' ? [] : chosen
      const outcomes = retried.map((letter) => retriedRecord(letter, box.inputTopic))
      await settle([handling.offset()], outcomes)
      handled += chosen.length
    }
    if (selection.kind === 'some' && missing.size === 0) break
  }
  return { handled, missing: [...missing] }
}
