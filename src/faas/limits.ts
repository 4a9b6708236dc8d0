/** Bounds of an embedded FaaS; for each function, where nothing else is said. */
export interface FaasLimits {
  /** Invocations that wait for a replica; one more is answered 429. */
  readonly queueLengthMax: number
  /** Bytes of bodies that wait for a replica; one body is always allowed. */
  readonly queueSizeBytesMax: number
  /** An invocation that has waited so long for a replica is answered 503. */
  readonly queueWaitMsMax: number
  /** A replica must announce its port within this time. */
  readonly startTimeoutMs: number
  /** A replica that was asked to stop, and has nothing in flight, must have ended within this time. */
  readonly stopTimeoutMs: number
  /** A process that is ended by force has so long between SIGTERM and SIGKILL. */
  readonly killGraceMs: number
  /** Replicas given up that still run; at so many, no other is started. */
  readonly lingeringMax: number
  /** Removing a function, or closing, waits so long for the invocations in flight. */
  readonly drainTimeoutMs: number
  readonly bodySizeBytesMax: number
  readonly answerSizeBytesMax: number
}

/** The limits of an embedded FaaS that is not told others. */
export const FAAS_LIMITS: FaasLimits = {
  // A connector has a few invocations in flight a partition; hundreds waiting means overload.
  queueLengthMax: 256,
  // Together with the length: 256 batches of 100 images of 28 x 28 floats are 80 MB.
  queueSizeBytesMax: 64 * 1024 * 1024,
  // Longer than a start may take, so that a slow start is told by its own reason.
  queueWaitMsMax: 60_000,
  // A large Keras model is read and converted at the start: seconds on a Raspberry Pi.
  startTimeoutMs: 30_000,
  // Nothing is in flight: only the connections and the model are left to close.
  stopTimeoutMs: 5_000,
  // Enough for a log line; what it works on has already failed.
  killGraceMs: 1_000,
  // Each may keep a core busy and 25 MB: more of them would starve what still answers.
  lingeringMax: 4,
  // What a user waits for after Ctrl-C.
  drainTimeoutMs: 10_000,
  // A batch of 100 photographs of 224 x 224 x 3 bytes is 15 MB, of floats 60 MB.
  bodySizeBytesMax: 64 * 1024 * 1024,
  // Features of a batch can be larger than its samples.
  answerSizeBytesMax: 128 * 1024 * 1024,
}
