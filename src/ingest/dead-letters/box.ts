import type { Broker } from '../../core/broker.ts'

/** Where a tier's dead letters lie, and who remembers which of them are handled. */
export interface DeadLetterBox {
  readonly broker: Broker
  /** The topic of dead letters. */
  readonly topic: string
  /** The group whose progress says what is handled: retried or dropped. */
  readonly group: string
  /** The topic that a letter is sent to again. */
  readonly inputTopic: string
}
