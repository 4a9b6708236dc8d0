/**
 * Keeps ONNX Runtime from telling its maker what it runs, and where. On Linux it does since 1.29,
 * unless this variable is set. To be called in a program's main thread, before any thread loads the
 * library: the environment of other threads is only a copy.
 */
export function forbidTelemetry(env: NodeJS.ProcessEnv): void {
  env.ORT_DISABLE_TELEMETRY = '1'
}
