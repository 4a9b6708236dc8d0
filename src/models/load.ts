import type { Section } from '../core/section.ts'
import { readModelFile } from './model-file.ts'
import { prepareModel } from './prepare.ts'
import { cannotLoad } from './refuse.ts'
import { openSession } from './session.ts'

/** How a section is run. */
export interface LoadOptions {
  /** Threads within one operator; 1 if absent: replicas, not threads, are how a tier scales. */
  readonly threads?: number
}

/**
 * The section of the network in the model file at `path`: Keras `.keras` and `.h5`, or `.onnx`.
 * Throws ERR_MODEL with one line that says why the file is refused.
 */
export async function loadSection(
  path: string,
  { threads = 1 }: LoadOptions = {},
): Promise<Section> {
  try {
    const { runnable, onnx } = prepareModel(await readModelFile(path))
    return await openSession({ ...runnable, onnx: onnx() }, threads)
  } catch (error) {
    throw cannotLoad(path, error)
  }
}
