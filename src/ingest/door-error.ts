import type { HttpAnswer } from '../std/http-client.ts'

/** The door's own words in an error answer `{"error": …}`. */
export function errorOf({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): string {
  const text = Buffer.from(body).toString()
  try {
    const parsed: unknown = JSON.parse(text)
    if (parsed && typeof parsed === 'object' && 'error' in parsed) return String(parsed.error)
  } catch {
    // Not JSON: its text says what there is to say.
  }
  return text.trim() || `status ${status}`
}
