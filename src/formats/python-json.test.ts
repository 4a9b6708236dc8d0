import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pythonJson, rawField } from './python-json.ts'

describe('pythonJson()', () => {
  // What Python 3.11 printed for `json.dumps(json.loads(text))`.
  for (const [text, python] of [
    [String.raw`"\u007f\u00e9\ud83d\ude00\/\b\f"`, String.raw`"\u007f\u00e9\ud83d\ude00/\b\f"`],
    ['"é, [1]: \\"x\\""', String.raw`"\u00e9, [1]: \"x\""`],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['1E5', '100000.0'],
    ['1e16', '1e+16'],
    ['0.00001', '1e-05'],
    ['12345678901234567890123', '12345678901234567890123'],
    ['[1.50,{"a":[ ],"b":{}},\n true,null]', '[1.5, {"a": [], "b": {}}, true, null]'],
  ] as const) {
    it(`writes ${text} as ${python}`, () => assert.equal(pythonJson(text), python))
  }

  it('refuses a number that no double holds', () => {
    assert.throws(() => pythonJson('[1e400]'), { code: 'ERR_REQUEST' })
  })

  it('writes a long text, and what is nested deeply', () => {
    const long = JSON.stringify('x\\'.repeat(1_000_000))
    assert.equal(pythonJson(long), long)
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    assert.equal(pythonJson(deep), deep)
  })
})

describe('rawField()', () => {
  for (const [json, found] of [
    ['{"value":1.0}', '1.0'],
    ['{ "a": {"value": 2}, "value" : [1, {"value": 3}] , "b": 4}', '[1, {"value": 3}]'],
    ['{"value":1,"value":"value"}', '"value"'],
    [String.raw`{"val\u0075e":{}}`, '{}'],
    ['{"a":"value","b":["value",5]}', undefined],
    ['{}', undefined],
  ] as const) {
    it(`finds ${found} in ${json}`, () => assert.equal(rawField(json, 'value'), found))
  }
})
