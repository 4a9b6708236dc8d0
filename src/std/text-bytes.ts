/** V8 keeps byte arrays up to this size in its own heap, where they cost a tenth of an encoder's. */
const SHORT_MAX = 64

const encoder = new TextEncoder()

/** The bytes of `text` in UTF-8; quick for short texts of plain ASCII, as ids and names are. */
export function textBytes(text: string): Uint8Array {
  if (text.length > SHORT_MAX) return encoder.encode(text)
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return encoder.encode(text)
    bytes[index] = unit
  }
  return bytes
}
