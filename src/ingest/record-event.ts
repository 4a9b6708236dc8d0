import type { ReceivedRecord } from '../core/broker.ts'
import { recordJson } from './record-json.ts'

/** A record as a server-sent event: `id:` is `<partition>/<offset>`, `data:` what `recordJson` gives. */
export function recordEvent(record: ReceivedRecord): string {
  return `id: ${record.partition}/${record.offset}\ndata: ${recordJson(record)}\n\n`
}
