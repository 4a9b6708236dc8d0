import { quote } from '../refuse.ts'

/** What ONNX Runtime says, by pattern, and what it means to who brought the model. */
const MEANINGS: readonly (readonly [RegExp, (parts: readonly string[]) => string])[] = [
  [
    /Opset (\d+) is under development.* till opset (\d+)/s,
    ([opset, newest]) =>
      `it is of ONNX opset ${opset} (at most ${newest}; export it with an older opset_version)`,
  ],
  [
    /No Op registered for (\S+) with domain_version of (\d+)/,
    ([op = '', opset]) => `ONNX opset ${opset} has no operator ${quote(op)}`,
  ],
  [
    /Fatal error: ([^\s:]*):([^\s(]+)\(-?\d+\) is not a registered function\/op/,
    ([domain = '', op = '']) =>
      `operator ${quote(op)} is of the custom domain ${quote(domain)} (only ONNX's own and com.microsoft)`,
  ],
  [
    /Could not find an implementation for (\w+)\((\d+)\) node with name '([^']*)'/,
    ([op = '', version, node = '']) =>
      `operator ${quote(op)} of version ${version}${node && ` (node ${quote(node)})`} has no implementation for this processor (export it with opset_version 13 or newer)`,
  ],
  [
    /Type Error: Type '([^']+)' of input parameter \(([^)]*)\) of operator \(([^)]+)\)/,
    ([type = '', input = '', op = '']) =>
      `operator ${quote(op)} does not take ${type}, the type of ${quote(input)}`,
  ],
]

/** Why ONNX Runtime does not take a model, from what it says; its own words where they are not known. */
export function runtimeRefusal(message: string): string {
  for (const [pattern, meaning] of MEANINGS) {
    const found = pattern.exec(message)
    if (found) return meaning(found.slice(1))
  }
  return `ONNX Runtime refuses it: ${message}`
}
