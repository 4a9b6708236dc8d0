import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeInferRequest, encodeInferRequest } from './infer-request.ts'
import { decodeInferResponse, encodeInferResponse } from './infer-response.ts'

const VALUES = { name: 'x', datatype: 'FP32', shape: [2, 2] }

function decode(json: unknown, binary: Uint8Array = new Uint8Array()) {
  const text = new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json))
  return decodeInferRequest({
    body: Buffer.concat([text, binary]),
    headers: binary.length > 0 ? { 'inference-header-content-length': String(text.length) } : {},
  })
}

function decodeInput(input: unknown, binary?: Uint8Array) {
  const { inputs } = decode({ inputs: [input] }, binary)
  return Array.from((inputs[0]?.data ?? []) as ArrayLike<number | bigint>)
}

describe('decodeInferRequest()', () => {
  it('reads values as a flat list or nested as the shape', () => {
    assert.deepEqual(decodeInput({ ...VALUES, data: [1, 2, 3, 4] }), [1, 2, 3, 4])
    const nested = [
      [1, 2],
      [3, 4],
    ]
    assert.deepEqual(decodeInput({ ...VALUES, data: nested }), [1, 2, 3, 4])
  })

  it('reads empty batches, flat and nested', () => {
    assert.deepEqual(decodeInput({ ...VALUES, shape: [0, 2], data: [] }), [])
    assert.deepEqual(decodeInput({ ...VALUES, shape: [2, 0], data: [[], []] }), [])
  })

  it('reads 64-bit integers to the last digit', () => {
    const json = '{"inputs":[{"name":"x","datatype":"INT64","shape":[2],"data":[%]}]}'
    const { inputs } = decode(json.replace('%', '-9223372036854775808,9007199254740993'))
    assert.deepEqual([...(inputs[0]?.data ?? [])], [-9223372036854775808n, 9007199254740993n])
  })

  it('asks for binary outputs by output, else by request', () => {
    const { outputs, parameters } = decode({
      inputs: [],
      outputs: [{ name: 'a' }, { name: 'b', parameters: { binary_data: false } }],
      parameters: { binary_data_output: true, priority: 1 },
    })
    assert.deepEqual(outputs, [
      { name: 'a', binary: true },
      { name: 'b', binary: false },
    ])
    assert.deepEqual(parameters, { priority: 1 })
  })

  it('takes null and empty lists of optional fields for absent', () => {
    const request = decode({ id: null, parameters: null, inputs: [], outputs: [] })
    assert.deepEqual(request, { parameters: {}, inputs: [], binaryOutputs: false })
  })

  const binary = (size: unknown) => ({ ...VALUES, parameters: { binary_data_size: size } })
  for (const [title, input, message] of [
    ['BYTES', { ...VALUES, datatype: 'BYTES' }, /datatype "BYTES" is not supported/],
    ['BF16', { ...VALUES, datatype: 'BF16' }, /datatype "BF16" is not supported/],
    ['no datatype', { name: 'x', shape: [1], data: [1] }, /datatype undefined/],
    ['no name', { datatype: 'FP32', shape: [1], data: [1] }, /name of tensor: it is missing/],
    ['an input that is a list', [], /it is a list \(expected an object\)/],
    ['a negative size', { ...VALUES, shape: [-1, 4] }, /shape is \[-1, 4\]/],
    ['a fraction of a size', { ...VALUES, shape: [1.5] }, /shape is \[1.5\]/],
    ['no shape', { ...VALUES, shape: undefined }, /shape is undefined/],
    ['too many axes', { ...VALUES, shape: Array(17).fill(1) }, /at most 16 sizes/],
    ['too many elements', { ...VALUES, shape: [2e9, 2e9] }, /268435456 elements/],
    ['neither data nor bytes', VALUES, /values are undefined \(expected a list of 4/],
    ['too few values', { ...VALUES, data: [1] }, /1 values \(expected a list of 4 for FP32/],
    ['ragged lists', { ...VALUES, data: [[1, 2], [3]] }, /not nested as FP32 \[2, 2\]/],
    ['wrong nesting', { ...VALUES, data: [[1, 2, 3, 4]] }, /not nested as FP32 \[2, 2\]/],
    ['a text', { ...VALUES, data: [1, 2, 3, '4'] }, /value 3 is a text \(expected FP32\)/],
    ['null', { ...VALUES, data: [1, 2, null, 4] }, /value 2 is null/],
    ['a number beyond FP32', { ...VALUES, data: [1, 2, 3, 1e39] }, /value 3 is 1e\+39/],
    ['a byte of 256', { name: 'x', datatype: 'UINT8', shape: [1], data: [256] }, /value 0 is 256/],
    ['a fraction in INT8', { name: 'x', datatype: 'INT8', shape: [1], data: [0.5] }, /is 0.5/],
    ['a number in BOOL', { name: 'x', datatype: 'BOOL', shape: [1], data: [1] }, /value 0 is 1/],
    ['too few bytes', binary(16), /8 bytes are left of the body \(expected 16\)/],
    ['a size beside the shape', binary(8), /binary_data_size is 8 \(expected 16/],
    ['a size that is text', binary('16'), /binary_data_size is 16 \(expected 16/],
    ['data and bytes', { ...binary(16), data: [1] }, /both data and binary_data_size/],
    ['shared memory', { ...VALUES, parameters: { shared_memory_region: 'r' } }, /shared memory/],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(() => decodeInput(input, new Uint8Array(8)), { message })
    })
  }

  for (const [title, request, message] of [
    ['a body that is not JSON', '{"inputs":', /first 10 bytes are not JSON/],
    ['an empty body', '', /first 0 bytes are not JSON/],
    ['a body that is a list', [], /request: it is a list/],
    ['a request without inputs', {}, /inputs of request: it is missing \(expected a list\)/],
    ['too many inputs', { inputs: Array(65).fill({}) }, /65 entries \(at most 64\)/],
    ['an id that is a number', { id: 3, inputs: [] }, /id of request: it is a number/],
    ['nested parameters', { parameters: { a: {} }, inputs: [] }, /"a": it is an object/],
    [
      'inputs of one name',
      {
        inputs: [
          { ...VALUES, data: [1, 2, 3, 4] },
          { ...VALUES, data: [1, 2, 3, 4] },
        ],
      },
      /"x" appears twice/,
    ],
    [
      'classification',
      { inputs: [], outputs: [{ name: 'p', parameters: { classification: 3 } }] },
      /parameter "classification" is not supported/,
    ],
    [
      'binary_data that is a number',
      { inputs: [], outputs: [{ name: 'p', parameters: { binary_data: 1 } }] },
      /binary_data is 1 \(expected true or false\)/,
    ],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(() => decode(request), { code: 'ERR_REQUEST', message })
    })
  }

  it('refuses bytes that no input claims', () => {
    assert.throws(() => decode({ inputs: [] }, new Uint8Array(3)), /3 bytes follow the last input/)
  })

  it('refuses a BOOL byte that is neither 0 nor 1', () => {
    const input = { name: 'x', datatype: 'BOOL', shape: [1], parameters: { binary_data_size: 1 } }
    assert.throws(() => decodeInput(input, Uint8Array.of(2)), /neither 0 nor 1/)
  })

  for (const length of ['-1', '1e1', 'x', '', '3', '9999999999999999999']) {
    it(`refuses "${length}" as the length of the JSON in a body of 2 bytes`, () => {
      assert.throws(
        () =>
          decodeInferRequest({
            body: new TextEncoder().encode('{}'),
            headers: { 'inference-header-content-length': length },
          }),
        { code: 'ERR_REQUEST', message: /expected 0 to 2/ },
      )
    })
  }

  it('gives parameters named like properties of Object no power', () => {
    const { parameters } = decode('{"inputs":[],"parameters":{"__proto__":"x","constructor":1}}')
    assert.deepEqual(Object.keys(parameters), ['__proto__', 'constructor'])
    assert.equal(Object.getPrototypeOf(parameters), Object.prototype)
  })
})

describe('encodeInferRequest()', () => {
  it('writes bytes behind JSON whose length is a multiple of 8, and says so', () => {
    const data = Float32Array.of(1, 2)
    const { body, headers } = encodeInferRequest({
      parameters: {},
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data }],
      binaryOutputs: true,
    })
    const length = Number(headers['inference-header-content-length'])
    assert.equal(length % 8, 0)
    assert.equal(body.length, length + 8)
    assert.equal(headers['content-type'], 'application/octet-stream')
    assert.deepEqual(JSON.parse(new TextDecoder().decode(body.subarray(0, length))), {
      parameters: { binary_data_output: true },
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }],
    })
  })
})

describe('encodeInferResponse()', () => {
  it('refuses NaN in JSON, which has no word for it', () => {
    const data = Float32Array.of(Number.NaN)
    const response = {
      modelName: 'edge',
      parameters: {},
      outputs: [{ name: 'p', datatype: 'FP32', shape: [1], data }],
    } as const
    assert.throws(() => encodeInferResponse(response, { binary: () => false }), /NaN or infinite/)
    assert.doesNotThrow(() => encodeInferResponse(response, { binary: () => true }))
  })
})

describe('decodeInferResponse()', () => {
  it('reads another server: no version, nested parameters, nulls', () => {
    const body = new TextEncoder().encode(
      '{"model_name":"m","id":null,"parameters":{"content_type":"np","headers":{"a":"b"}},' +
        '"outputs":[{"name":"p","datatype":"FP64","shape":[1,2],"data":[[0.5,0.5]],"parameters":null}]}',
    )
    const response = decodeInferResponse({ body, headers: {} })
    assert.equal(response.modelName, 'm')
    assert.equal(response.modelVersion, undefined)
    assert.deepEqual(response.parameters, { content_type: 'np' })
    assert.deepEqual(response.outputs[0]?.data, Float64Array.of(0.5, 0.5))
  })

  it('refuses the same output twice, and no outputs', () => {
    const output = { name: 'p', datatype: 'FP32', shape: [1], data: [1] }
    for (const outputs of [[output, output], undefined, {}]) {
      const body = new TextEncoder().encode(JSON.stringify({ model_name: 'm', outputs }))
      assert.throws(() => decodeInferResponse({ body, headers: {} }), { code: 'ERR_REQUEST' })
    }
  })
})
