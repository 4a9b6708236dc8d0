import assert from 'node:assert/strict'
import { it } from 'node:test'
import { countText, durationText, shapeText, shareText, sizeText, table } from './table.ts'

it('table() aligns text left and numbers right', () => {
  const text = table(
    ['tier', 'in'],
    [
      ['edge', 1000],
      ['fog', 9],
    ],
  )
  assert.equal(text, 'tier    in\nedge  1000\nfog      9\n')
})

it('table() aligns texts right where it is told to', () => {
  const text = table(
    ['of', 'size'],
    [
      ['a', '7 B'],
      ['b', '1.2 kB'],
    ],
    ['size'],
  )
  assert.equal(text, 'of    size\na      7 B\nb   1.2 kB\n')
})

it('table() does not count colours', () => {
  assert.equal(
    table(['a', 'b'], [['\u001b[31mred\u001b[39m', 'x']]),
    'a    b\n\u001b[31mred\u001b[39m  x\n',
  )
})

for (const [ms, text] of [
  [undefined, '-'],
  [0.42, '0.4 ms'],
  [12.3, '12 ms'],
  [1234, '1.2 s'],
  [61_000, '61 s'],
] as const) {
  it(`durationText(${ms}) is ${text}`, () => assert.equal(durationText(ms), text))
}

for (const [bytes, text] of [
  [0, '0 B'],
  [999, '999 B'],
  [1568, '1.6 kB'],
  [17_208, '17 kB'],
  [1_000_000, '1.0 MB'],
  [5e12, '5000 GB'],
] as const) {
  it(`sizeText(${bytes}) is ${text}`, () => assert.equal(sizeText(bytes), text))
}

for (const [count, text] of [
  [0, '0'],
  [7840, '7840'],
  [10_000, '10 thousand'],
  [983_616, '984 thousand'],
  [1_300_000, '1.3 million'],
  [300_774_272, '301 million'],
  [5e12, '5000 billion'],
] as const) {
  it(`countText(${count}) is ${text}`, () => assert.equal(countText(count), text))
}

it('shapeText() writes n for any size', () => {
  assert.equal(shapeText([-1, 28, 28, 1]), '[n, 28, 28, 1]')
})

it('shareText() is a percentage, or a dash of nothing', () => {
  assert.equal(shareText(625, 1000), '62.5 %')
  assert.equal(shareText(0, 0), '-')
})
