import { resolve } from 'node:path'

/** What a broker's address may be, for people. */
export const ADDRESS_ALLOWED = 'embedded:FOLDER or memory; Kafka is not supported yet'

/** What a broker's address may be; YAML takes `memory:` for a mapping unless it is quoted. */
export const ADDRESS_PATTERN: RegExp = /^(embedded:[^\0]{1,4000}|memory:?)$/

/** The broker of a file that names none; relative to the file. */
export const DEFAULT_ADDRESS = 'embedded:./.fogline/data'

/**
 * `memory:`, or `embedded:` and a folder made absolute from `folder` on: equal addresses are one
 * broker.
 */
export function resolveAddress(address: string, folder: string): string {
  const embedded = 'embedded:'
  if (!address.startsWith(embedded)) return 'memory:'
  return `${embedded}${resolve(folder, address.slice(embedded.length))}`
}
