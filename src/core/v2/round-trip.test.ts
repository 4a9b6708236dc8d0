import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { allFinite, DATATYPES, elementCount, elementSizeBytes, tensorFromBytes } from '../tensor.ts'
import { decodeInferRequest, encodeInferRequest } from './infer-request.ts'
import { decodeInferResponse, encodeInferResponse } from './infer-response.ts'
import type { InferRequest, InferResponse, NamedTensor } from './message.ts'

/** Any datatype, any shape (empty ones too), any bits; BOOL has 0 and 1 only. */
const tensor: fc.Arbitrary<NamedTensor> = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
    datatype: fc.constantFrom(...DATATYPES),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
  })
  .chain(({ name, datatype, shape }) => {
    const length = elementCount(shape) * elementSizeBytes(datatype)
    const max = datatype === 'BOOL' ? 1 : 255
    return fc
      .uint8Array({ minLength: length, maxLength: length, max })
      .map((bytes) => ({ name, ...tensorFromBytes(bytes, { datatype, shape }) }))
  })

const tensors = fc.uniqueArray(tensor, { maxLength: 4, selector: ({ name }) => name })
/** JSON has no -0: it is 0 there. */
const number = fc.double({ noNaN: true, min: -9, max: 9 }).map((value) => value + 0)
const parameters = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.oneof(fc.string(), fc.boolean(), fc.integer(), number),
  { maxKeys: 3, noNullPrototype: true },
)
const id = fc.option(fc.string({ maxLength: 8 }), { nil: undefined })

const request: fc.Arbitrary<InferRequest> = fc
  .record({
    parameters,
    inputs: tensors,
    binaryOutputs: fc.boolean(),
    id,
    outputs: fc.option(
      fc.uniqueArray(
        fc
          .record({ name: fc.string({ minLength: 1, maxLength: 8 }), binary: fc.boolean() })
          .map((output) => ({ ...output })),
        { minLength: 1, maxLength: 4, selector: ({ name }) => name },
      ),
      { nil: undefined },
    ),
  })
  .map(({ id, outputs, ...rest }) => ({
    ...rest,
    ...(id === undefined ? {} : { id }),
    ...(outputs === undefined ? {} : { outputs }),
  }))

const response: fc.Arbitrary<InferResponse> = fc
  .record({
    modelName: fc.string({ minLength: 1, maxLength: 8 }),
    modelVersion: fc.string({ maxLength: 8 }),
    parameters,
    outputs: tensors,
  })
  .map((fields) => ({ ...fields }))

/** JSON has no -0; compared as numbers it is 0. */
function sayable(tensors: readonly NamedTensor[]): boolean {
  return tensors.every(
    (tensor) =>
      allFinite(tensor) &&
      !Array.from(tensor.data as ArrayLike<number | bigint>).some((value) => Object.is(value, -0)),
  )
}

describe('the V2 codec', () => {
  it('gives back every request that travelled as bytes', () => {
    fc.assert(
      fc.property(request, (request) => {
        assert.deepEqual(decodeInferRequest(encodeInferRequest(request)), request)
      }),
    )
  })

  it('gives back every request that travelled as JSON, 64-bit integers exactly', () => {
    fc.assert(
      fc.property(request, (request) => {
        fc.pre(sayable(request.inputs))
        const message = encodeInferRequest(request, { binary: () => false })
        assert.equal(message.headers['content-type'], 'application/json')
        assert.deepEqual(decodeInferRequest(message), request)
      }),
    )
  })

  it('gives back every answer, some tensors as bytes and some as JSON', () => {
    fc.assert(
      fc.property(response, fc.func(fc.boolean()), (response, choose) => {
        const sayableNames = new Set(
          response.outputs.filter((output) => sayable([output])).map(({ name }) => name),
        )
        const binary = (name: string) => !sayableNames.has(name) || choose(name)
        const message = encodeInferResponse(response, { binary })
        assert.deepEqual(decodeInferResponse(message), response)
      }),
    )
  })

  it('keeps tensors wherever the body lies in memory', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 0, max: 9 }), (request, offset) => {
        const { body, headers } = encodeInferRequest(request)
        const elsewhere = Buffer.alloc(body.length + offset).subarray(offset)
        elsewhere.set(body)
        assert.deepEqual(decodeInferRequest({ body: elsewhere, headers }), request)
      }),
    )
  })

  it('reads noise without any error but its own', () => {
    const noise = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => new TextEncoder().encode(text)),
    )
    const length = fc.option(fc.nat({ max: 40 }).map(String), { nil: undefined })
    fc.assert(
      fc.property(noise, length, (body, length) => {
        for (const decode of [decodeInferRequest, decodeInferResponse]) {
          assert.throws(
            () => decode({ body, headers: { 'inference-header-content-length': length } }),
            { name: 'FoglineError' },
          )
        }
      }),
    )
  })
})
