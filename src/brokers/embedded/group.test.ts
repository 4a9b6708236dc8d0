import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { append, place } from './append.ts'
import { Catalog } from './catalog.ts'
import { openMemory } from './database.ts'
import { Group, type Member } from './group.ts'
import { Store } from './store.ts'
import { Writer } from './writer.ts'

const PARTITIONS = 3
const limits = { recordsMax: 3, sizeBytesMax: 1000 }

/** A group on a topic, and the plain model of it: which records are finished, and who took which. */
async function groupAndModel() {
  const database = openMemory()
  const store = new Store(database)
  const writer = new Writer(database, { name: 'it', onCommit: () => {} })
  const catalog = new Catalog(store, writer)
  await catalog.ensure([{ name: 't', partitions: PARTITIONS }])
  const topic = catalog.topic('t', 'use')
  const load = () => new Group({ store, topic, name: 'g' })
  const finished = new Set<string>()
  const taken = new Map<Member, { partition: number; offset: number }[]>()
  const produce = (count: number) => {
    for (let call = 0; call < count; call++) {
      const records = place([{ topic: 't', value: new Uint8Array(1), headers: [] }], catalog)
      const apply = (transaction: Parameters<Group['commit']>[1]) =>
        append(records, { store, transaction, timestampMs: 0 })
      void writer.write({ sizeBytes: 1, apply })
    }
    writer.flush()
  }
  const commit = (group: Group, offset: Parameters<Group['commit']>[0]) => {
    void writer.write({ sizeBytes: 0, apply: (transaction) => group.commit(offset, transaction) })
    writer.flush()
  }
  return { database, topic, load, finished, taken, produce, commit }
}

type World = Awaited<ReturnType<typeof groupAndModel>>

/** Takes a batch and checks it: none of it is finished, none is in the same hands already. */
function take(world: World, group: Group, member: Member): number {
  const batch = group.take(member)
  if (!batch) return 0
  const held = world.taken.get(member) ?? []
  for (const { partition, offset } of batch.records) {
    assert.equal(partition, batch.partition)
    assert.ok(!world.finished.has(`${partition}/${offset}`), 'given although finished')
    held.push({ partition, offset })
  }
  world.taken.set(member, held)
  return batch.records.length
}

/** Finishes one taken record, ahead of those before it; a lost partition must be refused. */
function settleOne(world: World, group: Group, member: Member): void {
  const one = world.taken.get(member)?.pop()
  if (!one) return
  const { partition, offset } = one
  const settled = { partition, next: 0, ahead: [{ start: offset, end: offset + 1 }] }
  try {
    group.check(member, settled)
  } catch {
    return
  }
  world.commit(group, settled)
  world.finished.add(`${partition}/${offset}`)
}

const command = fc.oneof(
  fc.record({ kind: fc.constant('produce'), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constantFrom('join', 'leave', 'restart'), count: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom('take', 'settle'), count: fc.nat(2) }),
)

describe('Group', () => {
  it('gives what is unfinished, and after any history the rest exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const world = await groupAndModel()
        let group = world.load()
        let members: Member[] = []
        for (const { kind, count } of commands) {
          const member = members[count % Math.max(1, members.length)]
          if (kind === 'produce') world.produce(count)
          if (kind === 'join' && members.length < 3) {
            const joining = { limits, paused: new Set<number>(), turn: 0 }
            group.join(joining)
            members.push(joining)
          }
          if (kind === 'restart') {
            group = world.load()
            members = []
          }
          if (!member) continue
          if (kind === 'take') take(world, group, member)
          if (kind === 'settle') settleOne(world, group, member)
          if (kind === 'leave') {
            group.leave(member)
            members = members.filter((one) => one !== member)
          }
        }
        checkRest(world)
      }),
      { numRuns: 60 },
    )
  })
})

/** A new only member is given each unfinished record, in order, once. */
function checkRest(world: World): void {
  const last = { limits, paused: new Set<number>(), turn: 0 }
  const group = world.load()
  group.join(last)
  while (take(world, group, last) > 0);
  const rest = world.taken.get(last) ?? []
  for (const { number, next } of world.topic.partitions) {
    const all = Array.from({ length: next }, (_, offset) => offset)
    assert.deepEqual(
      rest.filter(({ partition }) => partition === number).map(({ offset }) => offset),
      all.filter((offset) => !world.finished.has(`${number}/${offset}`)),
    )
  }
  world.database.close()
}
