import { type ConnectionPool, type fetchV17, kGetApi } from '@platformatic/kafka'
import type { BytesConsumer } from './bytes-clients.ts'

/** A broker of the cluster. */
export interface Server {
  readonly host: string
  readonly port: number
}

/** What to ask a broker for. */
export interface FetchQuestion {
  readonly connections: ConnectionPool
  readonly broker: Server
  readonly topicId: string
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: number
    /** Of this partition, compressed. */
    readonly sizeBytesMax: number
  }[]
}

type FetchApi = typeof fetchV17.api
type FetchArguments = Parameters<typeof fetchV17.createRequest>

/** What a broker answers. */
export type FetchResponse = Awaited<ReturnType<FetchApi['async']>>

/** How long the broker waits for a record to arrive; resuming a partition may wait for it. */
const FETCH_WAIT_MS = 250

/** Of all partitions of a broker in one fetch, compressed. */
const FETCH_SIZE_BYTES_MAX = 4 * 1024 * 1024

const READ_COMMITTED = 1

/** No fetch session: each request says all that it wants. */
const NO_SESSION = { id: 0, epoch: -1 }

/** Not told: leaders answer for their own epoch. */
const NO_EPOCH = -1

/**
 * Asks `broker` for records of its partitions; rejects with the client's error. It goes past the
 * client's own `fetch`: that one drops committed records, too, where a producer's aborted transaction
 * is followed by a committed and another aborted one.
 */
export async function askBroker(
  consumer: BytesConsumer,
  { connections, broker, topicId, partitions }: FetchQuestion,
): Promise<FetchResponse> {
  const [api, connection] = await Promise.all([fetchApi(consumer), connections.get(broker)])
  return api.async(
    connection,
    FETCH_WAIT_MS,
    1,
    FETCH_SIZE_BYTES_MAX,
    READ_COMMITTED,
    NO_SESSION.id,
    NO_SESSION.epoch,
    [
      {
        topicId,
        partitions: partitions.map(({ partition, offset, sizeBytesMax }) => ({
          partition,
          fetchOffset: BigInt(offset),
          partitionMaxBytes: sizeBytesMax,
          currentLeaderEpoch: NO_EPOCH,
          lastFetchedEpoch: NO_EPOCH,
        })),
      },
    ],
    [],
    '',
  )
}

/** The newest form of the request that client and cluster both know. */
function fetchApi(consumer: BytesConsumer): Promise<FetchApi> {
  const { promise, resolve, reject } = Promise.withResolvers<FetchApi>()
  consumer[kGetApi]<FetchArguments, FetchResponse>('Fetch', (error, api) => {
    if (api) resolve(api)
    else reject(error ?? new TypeError('The client knows no Fetch'))
  })
  return promise
}
