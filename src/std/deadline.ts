/** Settles as `promise` does, but rejects with what `error` makes once `timeoutMs` have passed. */
export async function deadline<T>(
  promise: Promise<T>,
  { timeoutMs, error }: { readonly timeoutMs: number; readonly error: () => Error },
): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(error()), timeoutMs)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether `promise` settles within `timeoutMs`; it never rejects. */
export async function settlesWithin(
  promise: Promise<unknown>,
  timeoutMs: number,
): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), timeoutMs)
  const settled = promise.then(
    () => true,
    () => true,
  )
  const result = await Promise.race([settled, late.promise])
  clearTimeout(timer)
  return result
}
