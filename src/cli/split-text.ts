import { relative, sep } from 'node:path'
import { elementCount, elementSizeBytes, type TensorSpec } from '../core/tensor.ts'
import type { CutPlaces } from '../models/split/find-cuts.ts'
import type { Split, SplitSection } from '../models/split/split-model.ts'
import { shapeText, table } from './table.ts'

/** A split model in its files. */
export interface WrittenSplit extends Omit<Split, 'sections'> {
  readonly sections: readonly WrittenSection[]
}

/** A section and the absolute path of its file. */
export interface WrittenSection {
  readonly section: SplitSection
  readonly file: string
}

/** What `fogline split` has done, to be told. */
export interface ShownSplit extends WrittenSplit {
  readonly model: string
  /** The pipeline file, if one was written. */
  readonly pipeline: string | undefined
  readonly text: string
  /** Relative paths start here. */
  readonly cwd: string
}

/** For people: what each tier got, whether it was checked, and the pipeline file. */
export function splitText(shown: ShownSplit): string {
  const { model, sections, unused, pipeline, text, cwd } = shown
  const rows = sections.map(({ section, file }) => {
    const [input] = section.inputs
    const handedUp = section.outputs.find(({ name }) => name === section.features)
    return [
      section.tier,
      pathText(cwd, file),
      section.inputs.length === 1 && input ? specText(input) : `${section.inputs.length} inputs`,
      section.prediction,
      handedUp ? specText(handedUp) : '-',
      handedUp ? bytesText(handedUp) : '-',
    ]
  })
  const left = unused.map((name) => `No tier exits at "${name}": it is in none of the files.\n`)
  const headings = ['tier', 'file', 'takes', 'exits at', 'hands up', 'bytes']
  return [
    `${model} in ${sections.length} sections:\n\n`,
    table(headings, rows),
    `\n${checkedText(shown)}\n`,
    ...left,
    pipeline
      ? `\nWrote ${pathText(cwd, pipeline)}. Next:\n  fogline inspect ${pathText(cwd, pipeline)}    what each tier costs\n  fogline up ${pathText(cwd, pipeline)}\n`
      : `\nA fogline.yaml for them, each threshold yours to choose:\n\n${text}`,
  ].join('')
}

/** Where a model may be cut, for people. */
export function cutsText(model: string, { inputs, places }: CutPlaces): string {
  if (places.length === 0) {
    return `${model} cannot be cut: no layer below its last output carries all that lies above.\n`
  }
  const rows = places.map(({ at, handedUp, exitsBelow }) => [
    at,
    shapeText(handedUp.shape),
    bytesText(handedUp),
    exitsBelow.join(', ') || '-',
  ])
  const own = inputs.map((input) => ['(input)', shapeText(input.shape), bytesText(input), ''])
  const [first] = places
  return [
    `${model} may be cut after each of these layers: one tensor carries all that lies above.\n\n`,
    table(['layer', 'hands up', 'bytes', 'exits below'], [...own, ...rows]),
    `\nAn exit that is not below may be a head on the tensor itself. Name layers from the data up:\n`,
    `  fogline split ${model} --at ${first?.at}${places.length > 1 ? ',…' : ''}\n`,
  ].join('')
}

function checkedText({ difference }: ShownSplit): string {
  if (difference === undefined) {
    return 'Not run against the whole: its input has sizes that are only known with a sample.'
  }
  const apart = difference === 0 ? 'exactly' : `within ${difference.toExponential(0)}`
  return `In a row they answer as the whole does, ${apart} (run on made-up samples).`
}

/** One JSON document. */
export function splitJson({ sections, unused, difference, pipeline }: ShownSplit): string {
  const documents = sections.map(({ section, file }) => {
    const { tier, inputs, outputs, prediction, features } = section
    return { tier, file, sizeBytes: section.onnx.byteLength, inputs, outputs, prediction, features }
  })
  return `${JSON.stringify({ sections: documents, unused, difference, pipeline })}\n`
}

/** A pipeline file of these sections; paths of models are relative to `folder`. */
export function pipelineText(sections: readonly WrittenSection[], folder: string): string {
  const tiers = sections.map(({ section, file }) => {
    const { tier, prediction, features } = section
    const outputs = features
      ? `{ prediction: ${yamlText(prediction)}, features: ${yamlText(features)} }`
      : `{ prediction: ${yamlText(prediction)} }`
    return [
      `  - name: ${yamlText(tier)}\n`,
      `    model: ${yamlText(pathText(folder, file))}\n`,
      `    outputs: ${outputs}\n`,
      features ? '    exit: { threshold: 0.8 }\n' : '',
    ].join('')
  })
  return `tiers:\n${tiers.join('')}`
}

/** As it is where YAML reads it as a text, else quoted. */
function yamlText(text: string): string {
  const isPlain = /^[A-Za-z_][\w./-]*$/.test(text) && !YAML_WORDS.test(text)
  return isPlain ? text : JSON.stringify(text)
}

const YAML_WORDS = /^(true|false|yes|no|on|off|y|n|null)$/i

/** With slashes on every system, as a pipeline file has them. */
function pathText(from: string, file: string): string {
  return relative(from, file).replaceAll(sep, '/')
}

function specText({ name, shape }: TensorSpec): string {
  return `${name} ${shapeText(shape)}`
}

/** Of one sample. */
function bytesText({ datatype, shape }: TensorSpec): number | string {
  const sizes = shape.slice(1)
  return sizes.includes(-1) ? '?' : elementCount(sizes) * elementSizeBytes(datatype)
}
