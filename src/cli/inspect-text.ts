import { elementCount, elementSizeBytes, type TensorSpec } from '../core/tensor.ts'
import type { ModelSummary } from '../models/inspect.ts'
import type { ChosenOutputs } from '../models/outputs.ts'
import { type Cell, countText, shapeText, sizeText, table } from './table.ts'

/** Which output is taken for what, or why that is left open. */
export type Roles = ChosenOutputs | { readonly open: string }

/** What is in a model file, for people. */
export function modelText(
  name: string,
  { summary, roles }: { readonly summary: ModelSummary; readonly roles: Roles },
): string {
  const { format, kerasVersion, sizeBytes, sha256 } = summary
  const written =
    kerasVersion === undefined ? format : `${format}, written by Keras ${kerasVersion}`
  return [
    `${name}: ${written}, ${sizeText(sizeBytes)}, sha256 ${sha256}\n\n`,
    summary.kerasVersion === undefined ? operatorsText(summary) : layersText(summary),
    '\n',
    tensorsText(summary, roles),
    'open' in roles ? `\n${openText(roles.open, summary)}` : '',
    `\n${costText(summary, roles)}`,
  ].join('')
}

/** Of a graph without layers: shapes and parameters are those of no operator in particular. */
function operatorsText({ layers, multiplyAccumulates }: ModelSummary): string {
  const rows = layers.map((layer) => [layer.class, layer.name, layer.multiplyAccumulates ?? '?'])
  const all = ['all', '', multiplyAccumulates ?? '?']
  return table(['operator', 'times', 'MACs'], [...rows, all], ['times'])
}

function layersText({ layers, parameters, multiplyAccumulates }: ModelSummary): string {
  const rows = layers.map((layer) => [
    layer.name,
    layer.class,
    layer.outputShape.length > 0 ? shapeText(layer.outputShape) : '-',
    layer.parameters,
    layer.multiplyAccumulates ?? '?',
  ])
  const all = ['all', '', '', parameters, multiplyAccumulates ?? '?']
  return table(['layer', 'class', 'output', 'parameters', 'MACs'], [...rows, all])
}

function tensorsText({ inputs, outputs, cost }: ModelSummary, roles: Roles): string {
  const ran = cost.kind === 'measured' ? cost.outputBytes : []
  const row = (kind: string, spec: TensorSpec, bytes: number | undefined): Cell[] => [
    kind,
    spec.name,
    spec.datatype,
    shapeText(spec.shape),
    bytes ?? '?',
  ]
  return table(
    ['', 'name', 'datatype', 'shape', 'bytes', 'taken for'],
    [
      ...inputs.map((input) => [...row('input', input, sampleBytes(input)), '']),
      ...outputs.map((output, index) => [
        ...row('output', output, ran[index] ?? sampleBytes(output)),
        roleOf(output.name, roles),
      ]),
    ],
  )
}

/** Of one sample; undefined where its size is open. */
function sampleBytes({ datatype, shape: [, ...sizes] }: TensorSpec): number | undefined {
  return sizes.includes(-1) ? undefined : elementCount(sizes) * elementSizeBytes(datatype)
}

function roleOf(name: string, roles: Roles): string {
  if ('open' in roles) return '?'
  if (name === roles.prediction) return 'prediction'
  return name === roles.features ? 'features' : 'nothing'
}

/** Three outputs and more are no section's: it has a prediction and features. */
function openText(open: string, { format, outputs }: ModelSummary): string {
  if (format === 'onnx') return `${open}\n`
  const what = format === 'savedmodel' ? 'the Keras model that it was made of' : 'it'
  return outputs.length > 2
    ? `More than two outputs are no section: \`fogline split\` cuts ${what} into tiers, an exit each.\n`
    : `${open}\nIf both are exits of one network, \`fogline split\` cuts ${what} into tiers.\n`
}

function costText(summary: ModelSummary, roles: Roles): string {
  const { cost, multiplyAccumulates, weightBytes, kerasVersion, parameters } = summary
  const up = featuresBytes(summary, roles)
  const sent = up === undefined ? '' : `, ${sizeText(up)} sent up unless it leaves here`
  const count = kerasVersion === undefined ? ` (${countText(parameters)} parameters)` : ''
  const macs =
    multiplyAccumulates === undefined ? 'an unknown number of' : countText(multiplyAccumulates)
  return [
    `A sample costs ${macs} multiply-accumulates (MACs), on ${sizeText(weightBytes)} of weights${count}${sent}.\n`,
    cost.kind === 'measured'
      ? `It takes ${latencyText(cost.latencyMsP50)} here: ${MEASURED}.\n`
      : `It was not timed: ${cost.reason}${isOpen(summary) ? ' (say one with --shape)' : ''}.\n`,
  ].join('')
}

function isOpen({ inputs }: ModelSummary): boolean {
  return inputs.some(({ shape }) => shape.slice(1).includes(-1))
}

/** What a time is estimated from. */
export const MEASURED = 'the median of running one sample of zeros on one thread of this machine'

/** What is handed up with a sample that does not leave; undefined where there are no features. */
export function featuresBytes({ outputs, cost }: ModelSummary, roles: Roles): number | undefined {
  if ('open' in roles || roles.features === undefined) return undefined
  const index = outputs.findIndex(({ name }) => name === roles.features)
  const output = outputs[index]
  const ran = cost.kind === 'measured' ? cost.outputBytes[index] : undefined
  return ran ?? (output && sampleBytes(output))
}

/** `0.029 ms`, `3.1 ms`, `120 ms`. */
export function latencyText(ms: number): string {
  return `${ms.toFixed(ms < 1 ? 3 : ms < 10 ? 1 : 0)} ms`
}
