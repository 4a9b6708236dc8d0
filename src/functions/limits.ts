/** Bytes of a request's body, as sent and once inflated: 20 000 digits as FP32, with room. */
export const BODY_SIZE_BYTES_MAX: number = 64 * 1024 * 1024

/** Reading a request, from its first byte to its last: 64 MB at 10 Mbit/s. */
export const REQUEST_TIMEOUT_MS = 60_000

/** Reading a request's headers: they come in one packet, but over a bad link. */
export const HEADERS_TIMEOUT_MS = 10_000

/** Idle connections stay longer than gateways and load balancers (60 s, mostly) keep theirs. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000

/** Connections at a time; each may hold a body. Callers keep a pool of a few dozen. */
export const CONNECTIONS_MAX = 1024

/** What is in flight when a function is stopped may take so long; Kubernetes kills after 30 s. */
export const GRACE_MS = 20_000
