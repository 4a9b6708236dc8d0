import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { isFoglineError } from '../std/errors.ts'
import { readImage } from './image.ts'

type Colour = {
  readonly r: number
  readonly g: number
  readonly b: number
  readonly alpha?: number
}

/** An image of one colour, 8 wide and 4 high. */
function plain(colour: Colour, channels: 3 | 4 = 3) {
  return sharp({ create: { width: 8, height: 4, channels, background: colour } })
}

const red = { r: 255, g: 0, b: 0 }
const white = { r: 255, g: 255, b: 255 }

describe('readImage()', () => {
  const halves = Uint8Array.from({ length: 32 }, (_, index) => (index % 8 < 4 ? 0 : 255))
  const grey = sharp(halves, { raw: { width: 8, height: 4, channels: 1 } })
  const deep = sharp(
    Uint16Array.from({ length: 32 }, () => 0x8080),
    {
      raw: { width: 8, height: 4, channels: 1 },
    },
  )
  const read: readonly (readonly [string, Promise<Buffer>, number[], number[]])[] = [
    ['an RGB PNG as RGB', plain(red).png().toBuffer(), [1, 2, 3], [255, 0, 0, 255, 0, 0]],
    ['an RGB PNG as RGBA', plain(red).png().toBuffer(), [1, 1, 4], [255, 0, 0, 255]],
    ['a white JPEG as grey', plain(white).jpeg().toBuffer(), [1, 2, 1], [255, 255]],
    ['a white JPEG as grey without channels', plain(white).jpeg().toBuffer(), [2, 1], [255, 255]],
    ['a grey PNG as RGB', grey.clone().png().toBuffer(), [1, 1, 3], [128, 128, 128]],
    [
      'a 16-bit PNG as grey',
      deep.clone().toColourspace('grey16').png().toBuffer(),
      [1, 1, 1],
      [128],
    ],
    [
      'transparency as black',
      plain({ ...white, alpha: 0 }, 4)
        .png()
        .toBuffer(),
      [1, 1, 1],
      [0],
    ],
  ]
  for (const [what, file, shape, values] of read) {
    it(`reads ${what}`, async () => {
      const tensor = await readImage(await file, shape)
      assert.equal(tensor.datatype, 'UINT8')
      assert.deepEqual(tensor.shape, shape)
      const close = values.every(
        (value, index) => Math.abs(value - Number(tensor.data[index])) <= 1,
      )
      assert.ok(close && tensor.data.length === values.length, `${tensor.data}`)
    })
  }

  const whole = plain(red).png().toBuffer()
  const refused: readonly (readonly [string, Promise<Uint8Array>, number[], RegExp])[] = [
    ['two channels', whole, [4, 8, 2], /shape is \[4, 8, 2\]/],
    ['a flat sample', whole, [784], /shape is \[784\]/],
    ['SVG', Promise.resolve(Buffer.from('<svg/>')), [4, 8, 1], /neither PNG nor JPEG/],
    ['a cut file', whole.then((file) => file.subarray(0, 50)), [4, 8, 3], /Cannot read image/],
  ]
  for (const [what, file, shape, message] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        readImage(await file, shape),
        (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(error.message),
      )
    })
  }

  it('refuses a picture of too many pixels without decoding it', async () => {
    const file = await plain(red).png().toBuffer()
    // The header's width and height, each 65 535, and the checksum over them.
    file.writeUInt32BE(65_535, 16)
    file.writeUInt32BE(65_535, 20)
    file.writeUInt32BE(crc32(file.subarray(12, 29)), 29)
    await assert.rejects(readImage(file, [1, 1, 3]), /exceeds pixel limit/)
  })
})
