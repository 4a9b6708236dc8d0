import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { failure } from './failure.ts'
import { Transaction } from './transaction.ts'

/**
 * Calls of one turn share a commit, but not beyond this many bytes: a commit blocks the event loop,
 * and callers that do not wait must not fill the memory.
 */
const TRANSACTION_SIZE_BYTES_MAX = 4 * 1024 * 1024

/** The same for calls of few bytes each. */
const TRANSACTION_CALLS_MAX = 4096

/** One call's part of a transaction. */
export interface Write {
  /** What it writes, roughly: bytes of its records. */
  readonly sizeBytes: number
  /** Executes its statements. Called again, in a new transaction, if a neighbour's fail. */
  readonly apply: (transaction: Transaction) => void
}

/** How to make a Writer. */
export interface WriterOptions {
  /** For messages: `embedded broker "./data"`. */
  readonly name: string
  /** Called after each transaction that was committed, when its callers are already told. */
  readonly onCommit: () => void
}

interface Call extends Write {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers the writes of one turn of the event loop into one transaction: an fsync costs more than a
 * hundred records. Each call is told after the commit; if the transaction fails, each call gets its
 * own, so that only those at fault fail.
 */
export class Writer {
  readonly #database: DatabaseSync
  readonly #options: WriterOptions
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #calls: Call[] = []
  #sizeBytes = 0
  #flushing: NodeJS.Immediate | undefined

  constructor(database: DatabaseSync, options: WriterOptions) {
    this.#database = database
    this.#options = options
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
  }

  /** Resolves once `write` is committed. Rejects with ERR_BROKER, and then nothing of it is stored. */
  write(write: Write): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#calls.push({ ...write, resolve, reject })
    this.#sizeBytes += write.sizeBytes
    const full =
      this.#sizeBytes >= TRANSACTION_SIZE_BYTES_MAX || this.#calls.length >= TRANSACTION_CALLS_MAX
    if (full) this.flush()
    else this.#flushing ??= setImmediate(() => this.flush())
    return promise
  }

  /** Commits now what was gathered. */
  flush(): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    const calls = this.#calls
    if (calls.length === 0) return
    this.#calls = []
    this.#sizeBytes = 0
    if (!this.#transact(calls) && calls.length > 1) for (const call of calls) this.#transact([call])
    this.#options.onCommit()
  }

  /** Whether `calls` were committed; an only call that was not is told why. */
  #transact(calls: readonly Call[]): boolean {
    const transaction = new Transaction()
    try {
      this.#begin.run()
      for (const call of calls) call.apply(transaction)
      transaction.save()
      this.#commit.run()
    } catch (cause) {
      this.#rollBack()
      const [only] = calls
      if (calls.length === 1) only?.reject(failure(`write to ${this.#options.name}`, cause))
      return false
    }
    transaction.committed()
    for (const call of calls) call.resolve()
    return true
  }

  #rollBack(): void {
    try {
      // SQLite rolls back by itself on some errors, such as a full disk.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    } catch {
      // The disk failed here too: the callers are told why their writes failed, which is the cause.
    }
  }
}
