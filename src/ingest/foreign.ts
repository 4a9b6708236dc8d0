/** The names of this machine; with any port. */
const OWN_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i

/** Methods that change nothing: what they answer, other origins cannot read without CORS. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Why a request must be refused that a web page of another origin may have made, or undefined: its
 * host is not this machine's (DNS rebinding), or it would change something and comes from elsewhere.
 */
export function foreignTo(request: Request): string | undefined {
  const host = request.headers.get('host') ?? new URL(request.url).host
  if (!OWN_HOST.test(host)) {
    return `host "${host}" is not this machine (localhost, 127.0.0.1 or [::1])`
  }
  const origin = request.headers.get('origin')
  if (origin === null || READING.has(request.method)) return undefined
  const own = URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
  return own ? undefined : `origin "${origin}" is not this door`
}
