/** Bounds of the door. */
export interface IngestLimits {
  /** Bytes of one sample as it is sent. */
  readonly bodySizeBytesMax: number
  /** Samples that are being read or written at a time; one more is answered 503. */
  readonly samplesInFlightMax: number
  /** Topics being read at a time; one more is answered 503. */
  readonly readersMax: number
  /** A stream without records says so often that it is alive. */
  readonly heartbeatMs: number
  /** A pass over dead letters ends where none comes for so long. */
  readonly quietMs: number
  /** A single dead letter is looked for so long. */
  readonly findTimeoutMs: number
  /** A broker that does not say its lag within this time is away. */
  readonly lagTimeoutMs: number
}

/** The limits of a door that is not told others. */
export const INGEST_LIMITS: IngestLimits = {
  // An image of 224 x 224 x 3 numbers is 600 kB as FP32 and up to 3 MB as JSON.
  bodySizeBytesMax: 16 * 1024 * 1024,
  // Clients keep a few dozen connections; so many bodies of the largest size are 4 GB at the worst.
  samplesInFlightMax: 256,
  // Each holds up to 4 MB of records that it has read ahead.
  readersMax: 64,
  // Proxies cut off what is silent for 30 to 60 s.
  heartbeatMs: 15_000,
  // Several times what a fetch of 4 MB takes over a slow line.
  quietMs: 5_000,
  // Less than the ten seconds after which clients give up.
  findTimeoutMs: 5_000,
  lagTimeoutMs: 5_000,
}
