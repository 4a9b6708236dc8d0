import { decodeRecords, type FramedRecord, RECORDS_TYPE } from '../core/record-frame.ts'
import { JSON_LENGTH_HEADER } from '../core/v2/frame.ts'
import { cloudEventRecord, isCloudEvent } from '../formats/cloud-event.ts'
import { readEnvelope } from '../formats/envelope.ts'
import { pythonJson } from '../formats/python-json.ts'
import { textBytes } from '../std/text-bytes.ts'
import { requestBody } from './request-body.ts'

/**
 * What a funnel is given to write: many records in our own framing, a CloudEvent, or else, whatever its
 * content type, the prototype's envelope. Throws ERR_REQUEST, or ERR_LIMIT for an inflated body.
 */
export async function funnelBody(request: Request): Promise<readonly FramedRecord[]> {
  const { headers } = request
  const body = await requestBody(request)
  if (headers.get('content-type') === RECORDS_TYPE) {
    const length = headers.get(JSON_LENGTH_HEADER) ?? undefined
    return decodeRecords({ body, headers: { [JSON_LENGTH_HEADER]: length } })
  }
  if (isCloudEvent(headers)) return [cloudEventRecord({ headers, body })]
  const { key, headers: own, value } = readEnvelope(body)
  return [{ key, headers: own, value: textBytes(pythonJson(value)) }]
}
