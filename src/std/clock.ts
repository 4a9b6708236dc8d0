/** Milliseconds since the epoch, as `Date.now`. A parameter wherever time is read, so that tests own it. */
export type Now = () => number
