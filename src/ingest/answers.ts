/** An answer of the door: JSON, never to be cached. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

/** What the door refuses, and why: `{"error": …}` as in the Open Inference Protocol V2. */
export function refusal(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonAnswer(status, { error }, headers)
}

/** A refusal for now: the same request may succeed in a second. */
export function laterRefusal(error: string): Response {
  return refusal(503, error, { 'retry-after': '1' })
}
