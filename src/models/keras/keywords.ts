import type { Value } from '../onnx/graph.ts'
import { quote, refuse } from '../refuse.ts'
import { type Argument, tensorsIn } from './arguments.ts'

/** The keywords of one call. Like `Settings` it remembers what was read: the rest is refused. */
export class Keywords {
  readonly #place: string
  readonly #arguments: ReadonlyMap<string, Argument<Value>>
  readonly #read = new Set<string>()

  /** `place` is the layer's path in the model, for messages. */
  constructor(args: ReadonlyMap<string, Argument<Value>>, place: string) {
    this.#place = place
    this.#arguments = args
  }

  /** The argument of that name; undefined where it is absent or null. */
  any(name: string): Argument<Value> | undefined {
    this.#read.add(name)
    const given = this.#arguments.get(name)
    return given?.kind === 'literal' && given.value === null ? undefined : given
  }

  /** The tensors in the argument of that name: none where it is absent or null. */
  tensors(name: string): readonly Value[] {
    const given = this.any(name)
    return given ? tensorsIn([given]) : []
  }

  /** The one tensor that the argument is; undefined where it is absent. */
  tensor(name: string): Value | undefined {
    const [first, ...others] = this.tensors(name)
    if (others.length > 0) throw this.wrong(name)
    return first
  }

  /** Throws ERR_MODEL for a keyword that nobody read, unless it says nothing: null, or false. */
  checkAllRead(): void {
    for (const [name, given] of this.#arguments) {
      const isPlain = given.kind === 'literal' && (given.value === null || given.value === false)
      if (!isPlain && !this.#read.has(name)) throw this.wrong(name)
    }
  }

  /** An error that says which keyword of the call cannot be honoured. */
  wrong(name: string): Error {
    return refuse(
      `layer ${quote(this.#place)} is called with ${quote(name)}, which is not supported`,
    )
  }
}
