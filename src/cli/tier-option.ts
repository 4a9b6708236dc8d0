import { Option } from 'commander'

/** `--tier NAME`, which may be repeated: a list of names, empty for all tiers. */
export function tierOption(verb: string): Option {
  return new Option('--tier <name>', `${verb} only this tier of the file; may be repeated`)
    .default([], 'all tiers')
    .argParser((name: string, names: readonly string[]) => [...names, name])
}
