import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isFoglineError } from '../std/errors.ts'
import {
  allFinite,
  DATATYPES,
  describe as describeTensor,
  elementCount,
  elementSizeBytes,
  isDatatype,
  rows,
  sameShape,
  shapeFits,
  stack,
  tensorFromBytes,
  tensorToBytes,
  toFloats,
  zeros,
} from './tensor.ts'

const datatype = fc.constantFrom(...DATATYPES)
const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })

/** A datatype, a shape and bytes of just their size. */
const raw = fc.record({ datatype, shape }).chain(({ datatype, shape }) => {
  const length = elementCount(shape) * elementSizeBytes(datatype)
  const bytes = fc.uint8Array({ minLength: length, maxLength: length })
  return fc.record({ datatype: fc.constant(datatype), shape: fc.constant(shape), bytes })
})

/** A batch of at least one row. */
const batch = fc
  .record({ datatype, rows: fc.integer({ min: 1, max: 6 }), width: fc.integer({ min: 0, max: 4 }) })
  .chain(({ datatype, rows, width }) => {
    const length = rows * width * elementSizeBytes(datatype)
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes) => tensorFromBytes(bytes, { datatype, shape: [rows, width] }))
  })

describe('tensorFromBytes()', () => {
  it('gives back the bytes of every datatype and shape', () => {
    fc.assert(
      fc.property(raw, ({ bytes, ...spec }) => {
        const tensor = tensorFromBytes(bytes, spec)
        assert.equal(tensor.data.length, elementCount(spec.shape))
        assert.deepEqual(tensorToBytes(tensor), bytes)
      }),
    )
  })

  it('copies what is not aligned, a Buffer too, and views what is', () => {
    for (const offset of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
      const whole = Buffer.from(new ArrayBuffer(32))
      whole.writeFloatLE(1.5, offset)
      const tensor = tensorFromBytes(whole.subarray(offset, offset + 4), {
        datatype: 'FP32',
        shape: [1],
      })
      assert.deepEqual([...tensor.data], [1.5])
      assert.equal(tensor.data.buffer === whole.buffer, offset % 4 === 0)
    }
  })

  it('refuses every other size with ERR_TENSOR', () => {
    fc.assert(
      fc.property(raw, fc.integer({ min: 1, max: 9 }), ({ bytes, ...spec }, extra) => {
        const longer = new Uint8Array(bytes.length + extra)
        assert.throws(
          () => tensorFromBytes(longer, spec),
          (error) => isFoglineError(error, 'ERR_TENSOR'),
        )
      }),
    )
  })
})

describe('rows() and stack()', () => {
  it('take a batch apart and put it together again', () => {
    fc.assert(
      fc.property(batch, (tensor) => {
        const count = tensor.shape[0] ?? 0
        const single = Array.from({ length: count }, (_, row) => rows(tensor, row, row + 1))
        assert.deepEqual(stack(single), tensor)
      }),
    )
  })

  it('rows() is a view', () => {
    const tensor = zeros('FP32', [3, 2])
    rows(tensor, 1, 2).data.fill(7 as never)
    assert.deepEqual([...tensor.data], [0, 0, 7, 7, 0, 0])
  })

  it('stack() refuses tensors that differ', () => {
    for (const other of [zeros('FP64', [1, 2]), zeros('FP32', [1, 3]), zeros('FP32', [1, 2, 1])]) {
      assert.throws(
        () => stack([zeros('FP32', [1, 2]), other]),
        (error) => isFoglineError(error, 'ERR_TENSOR'),
      )
    }
    assert.throws(() => stack([]), RangeError)
  })
})

describe('toFloats()', () => {
  it('reads every datatype as numbers', () => {
    for (const datatype of DATATYPES) {
      const tensor = zeros(datatype, [2])
      const one = datatype === 'INT64' || datatype === 'UINT64' ? 1n : 1
      tensor.data.fill(one as never, 1)
      assert.deepEqual(toFloats(tensor), Float32Array.of(0, 1), datatype)
    }
  })
})

describe('allFinite()', () => {
  it('agrees with Number.isFinite on floats', () => {
    fc.assert(
      fc.property(fc.array(fc.float()), (values) => {
        const data = Float32Array.from(values)
        const tensor = { datatype: 'FP32', shape: [data.length], data } as const
        assert.equal(allFinite(tensor), data.every(Number.isFinite))
      }),
    )
  })

  it('is true for integers', () => {
    assert.ok(allFinite(zeros('INT64', [3])))
    assert.ok(allFinite(zeros('UINT8', [0])))
  })
})

describe('shapes', () => {
  for (const [pattern, shape, fits] of [
    [[-1, 28, 28], [1, 28, 28], true],
    [[-1, 28, 28], [0, 28, 28], true],
    [[-1, 28, 28], [1, 28, 27], false],
    [[-1, 28, 28], [1, 28], false],
    [[], [], true],
    [[-1, -1], [3, 4], true],
  ] as const) {
    it(`shapeFits() is ${fits} for [${shape}] against [${pattern}]`, () => {
      assert.equal(shapeFits(shape, pattern), fits)
    })
  }

  it('sameShape() compares size by size', () => {
    assert.ok(sameShape([1, 2], [1, 2]))
    assert.ok(!sameShape([1, 2], [2, 1]))
    assert.ok(!sameShape([1], [1, 1]))
  })

  it('elementCount() is 1 for a scalar and 0 for an empty batch', () => {
    assert.equal(elementCount([]), 1)
    assert.equal(elementCount([0, 28, 28]), 0)
  })

  it('describe() names datatype and shape', () => {
    assert.equal(describeTensor(zeros('FP32', [1, 28])), 'FP32 [1, 28]')
  })

  it('isDatatype() knows no property of Object', () => {
    assert.ok(isDatatype('BOOL'))
    for (const text of ['constructor', '__proto__', 'BYTES', 'BF16', 'fp32']) {
      assert.ok(!isDatatype(text))
    }
  })
})
