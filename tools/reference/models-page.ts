import { ACTIVATION_NAMES } from '../../src/models/keras/activations.ts'
import { REFUSED_LAYERS } from '../../src/models/keras/layers/refused.ts'
import { LAYER_KINDS } from '../../src/models/keras/layers/table.ts'
import { KERAS_OPERATIONS } from '../../src/models/keras/operations/keras-table.ts'
import { TENSORFLOW_OPERATIONS } from '../../src/models/keras/operations/tensorflow-table.ts'
import { SAVEDMODEL_OPERATIONS } from '../../src/models/savedmodel/operations/table.ts'
import { FORMATS, FUNCTION_NOTES, LAYER_NOTES, SAVEDMODEL_NOTES } from './models-notes.ts'

/** docs/reference/models.md: what is converted, by the tables that the program itself uses. */
export function modelsPage(): string {
  return [
    '# What a model may be made of',
    '',
    'Made by `npm run reference` from the tables that the program uses: what is not here is refused, by name.',
    '',
    FORMATS,
    '',
    '## Layers of Keras',
    '',
    ...layerRows(),
    '',
    '| Not converted | because |',
    '|---|---|',
    ...[...REFUSED_LAYERS].map(([name, reason]) => `| ${name} | ${reason} |`),
    '',
    'Layers of your own classes are code, and refused.',
    '',
    '## Activations',
    '',
    names(ACTIVATION_NAMES),
    '',
    '## Functions in a graph of layers',
    '',
    FUNCTION_NOTES,
    '',
    "**Keras 3's `keras.ops`**, by the class that a file names:",
    '',
    names(KERAS_OPERATIONS.keys()),
    '',
    "**TensorFlow's in Keras 2** (`TFOpLambda`, `SlicingOpLambda`), as a file names them:",
    '',
    names(TENSORFLOW_OPERATIONS.keys()),
    '',
    '## Operations of a SavedModel',
    '',
    SAVEDMODEL_NOTES,
    '',
    names(SAVEDMODEL_OPERATIONS.keys()),
    '',
  ].join('\n')
}

function layerRows(): readonly string[] {
  const rows = [...LAYER_KINDS.keys()].toSorted().map((name) => {
    const note = LAYER_NOTES.find(({ layers }) => layers.test(name))?.note ?? ''
    return { name, note }
  })
  const plain = rows.filter(({ note }) => note === '').map(({ name }) => name)
  const noted = Map.groupBy(
    rows.filter(({ note }) => note !== ''),
    ({ note }) => note,
  )
  return [
    `As Keras has them: inputs, \`Sequential\` and \`Functional\` models, nested ones too, ${names(plain)}.`,
    '',
    '| With a restriction | |',
    '|---|---|',
    ...Array.from(noted, ([note, some]) => `| ${names(some.map(({ name }) => name))} | ${note} |`),
  ]
}

function names(some: Iterable<string>): string {
  return [...some]
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(', ')
}
