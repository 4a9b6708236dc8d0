/** What names layers in a `.keras` file's weights: the class of each. */
interface Named {
  readonly className: string
}

/**
 * The names under which a `.keras` file keeps the weights of the layers of one model, in their order:
 * the class in snake case and a counter, `conv2d`, `conv2d_1`, `dense`.
 */
export function storedNames(layers: readonly Named[]): readonly string[] {
  const counts = new Map<string, number>()
  return layers.map(({ className }) => {
    const name = snakeCase(OWN_NAMES.get(className) ?? className)
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  })
}

/** Classes that Keras itself calls otherwise than users do. */
const OWN_NAMES: ReadonlyMap<string, string> = new Map([
  ['GroupQueryAttention', 'GroupedQueryAttention'],
])

/** Keras' own: `SeparableConv2D` is `separable_conv2d`, `PReLU` is `p_re_lu`. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
