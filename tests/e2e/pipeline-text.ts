/** What is particular about a pipeline of the digits example. */
interface Particulars {
  /** Its topics, too, begin with it: no other test on the same broker uses them. */
  readonly name: string
  /** Of the broker of all its topics. */
  readonly address: string
  /** What the edge takes the values of records for; digits are UINT8. */
  readonly datatype: string
}

/** The pipeline file of the digits example, on topics of its own; all answers go to `<name>-output`. */
export function pipelineText({ name, address, datatype }: Particulars): string {
  const tier = (tierName: string, rest: string) => `
  - name: ${tierName}
    model: models/${tierName}.keras
    output: { topic: ${name}-output }
    input: { topic: ${name}-${tierName}-input${rest} }`
  const sample = `, datatype: ${datatype}, shape: [28, 28, 1], scale: 0.00392156862745098`
  const tiers = [tier('edge', sample), tier('fog', ''), tier('cloud', '')]
  return `name: ${name}\nbrokers: { only: "${address}" }\ntiers:${tiers.join('')}\n`
}
