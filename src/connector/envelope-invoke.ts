import { sampleOf } from '../core/outcome.ts'
import { withProvenance } from '../core/provenance.ts'
import { zeros } from '../core/tensor.ts'
import { envelopeOf } from '../formats/envelope.ts'
import type { RecordDecoder } from '../formats/record-decoder.ts'
import { isFoglineError } from '../std/errors.ts'
import type { HttpClient } from '../std/http-client.ts'
import { textBytes } from '../std/text-bytes.ts'
import { type Invocation, type InvocationResult, type Invoke, invokeBy } from './invoke.ts'

/** Which function of the prototype to call. */
export interface EnvelopeInvokeOptions {
  /** Of the function's origin. */
  readonly client: Pick<HttpClient, 'request'>
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** What `fetch` sends for a text; the prototype's functions read the body whatever it says. */
const TEXT_TYPE = 'text/plain;charset=UTF-8'

/** For records that are handed on as they are, one an invocation: nothing is read into a tensor. */
export const NO_DECODER: RecordDecoder = {
  sampleSizeBytes: 1,
  begin: () => ({ add: () => {}, finish: () => ({ tensor: zeros('UINT8', [0]) }) }),
}

/**
 * Invokes a function of the prototype: POSTs one record as an envelope, with what tells its duplicates
 * among its headers. Any status from 200 to 299 says that what follows from it is written.
 */
export function envelopeInvoke(options: EnvelopeInvokeOptions): Invoke {
  return async (invocation) => {
    const result = await invokeBy(() => call(invocation, options), {
      read: () => ({ kind: 'written', samples: [{ kind: 'written', as: 'exit' }] }),
    })
    return result.kind === 'failed' ? blamed(result) : result
  }
}

async function call(
  { records, signal }: Invocation,
  { client, method, path, headers, timeoutMs }: EnvelopeInvokeOptions,
) {
  const [record] = records
  if (!record || records.length > 1) throw new RangeError('An envelope holds one record')
  const { provenance } = sampleOf(record)
  const body = textBytes(envelopeOf(record, withProvenance(record, provenance)))
  return client.request({
    method,
    path,
    headers: { 'content-type': TEXT_TYPE, ...headers },
    body,
    timeoutMs,
    signal,
  })
}

/**
 * A value that is no JSON is the record's fault. The prototype's functions answer 500 for a bad record
 * as for a next one that is away: only if others succeed it is the record.
 */
function blamed(failed: Extract<InvocationResult, { readonly kind: 'failed' }>): InvocationResult {
  const { error, fault } = failed
  if (isFoglineError(error.cause, 'ERR_TENSOR')) {
    return { kind: 'failed', fault: 'records', error: error.cause }
  }
  return fault === 'function' ? { ...failed, fault: 'unclear' } : failed
}
