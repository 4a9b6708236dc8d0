import type { Section } from '../core/section.ts'
import type { PrepareOptions } from './prepare.ts'
import { readRunnable } from './prepared/read-runnable.ts'
import { cannotLoad } from './refuse.ts'
import { openSession } from './session.ts'
import { type ModelSource, sourceText } from './sources/model-source.ts'
import type { ReadOptions } from './sources/read-model.ts'

/** How a section is got and run. */
export interface LoadOptions extends ReadOptions, PrepareOptions {
  /** Threads within one operator; 1 if absent: replicas, not threads, are how a tier scales. */
  readonly threads?: number
}

/**
 * The section of the network in the model that `source`, or a path, leads to: Keras `.keras` and `.h5`,
 * a SavedModel (a folder, or a zip of it), or `.onnx`. Throws ERR_MODEL with one line that says why the
 * file is refused.
 */
export async function loadSection(
  source: ModelSource | string,
  { threads = 1, ...options }: LoadOptions = {},
): Promise<Section> {
  try {
    const { model } = await readRunnable(source, options)
    return await openSession(model, threads)
  } catch (error) {
    throw cannotLoad(sourceText(source), error)
  }
}
