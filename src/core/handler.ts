/** What every platform runs: web-standard request to response. */
export type Handler = (request: Request) => Promise<Response>
