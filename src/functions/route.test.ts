import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { routeOf } from './route.ts'

describe('routeOf()', () => {
  for (const [path, route] of [
    ['/v2', { kind: 'server' }],
    ['/v2/', { kind: 'server' }],
    ['/v2/health/live', { kind: 'live' }],
    ['/v2/health/ready', { kind: 'ready' }],
    ['/v2/models/edge', { kind: 'model', model: 'edge' }],
    ['/v2/models/edge/ready', { kind: 'model-ready', model: 'edge' }],
    ['/v2/models/edge/infer', { kind: 'infer', model: 'edge' }],
    ['/v2/models/a%2Fb/infer', { kind: 'infer', model: 'a/b' }],
    ['/v2/models/edge/versions/1', { kind: 'model', model: 'edge', version: '1' }],
    ['/v2/models/edge/versions/1/ready', { kind: 'model-ready', model: 'edge', version: '1' }],
    ['/v2/models/edge/versions/1/infer', { kind: 'infer', model: 'edge', version: '1' }],
    ['/', undefined],
    ['/v1', undefined],
    ['/v2/health', undefined],
    ['/v2/models', undefined],
    ['/v2/models//infer', undefined],
    ['/v2/models/%/infer', undefined],
    ['/v2/models/edge/versions/%/infer', undefined],
    ['/v2/models/edge/config', undefined],
    ['/v2/models/edge/infer/more', undefined],
  ] as const) {
    it(`reads ${path}`, () => {
      assert.deepEqual(routeOf(path), route)
    })
  }
})
