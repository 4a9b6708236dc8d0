/** Two of these and a hyphen make a DNS label of at most 63 characters, as a function's name is. */
const CHARACTERS_MAX = 31

/**
 * A name made of `text` for a pipeline or a tier: lower case, everything but a-z and 0-9 a hyphen,
 * accents dropped; empty if nothing remains.
 */
export function safeName(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, CHARACTERS_MAX + 1)
    .replace(/^-/, '')
    .slice(0, CHARACTERS_MAX)
    .replace(/-$/, '')
}
