import type { Consumer, Producer } from '@platformatic/kafka'

/** A consumer whose parts are all bytes. */
export type BytesConsumer = Consumer<Buffer, Buffer, Buffer, Buffer>

/** A producer whose parts are all bytes. */
export type BytesProducer = Producer<Buffer, Buffer, Buffer, Buffer>
