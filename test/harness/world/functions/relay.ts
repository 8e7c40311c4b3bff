import type { DynamoDBRecord } from 'aws-lambda'
import { batchReader } from '../../../../functions/aws/batch-reader.ts'
import { failureQueue } from '../../../../functions/aws/failure-queue.ts'
import { streamRecord } from '../../../../functions/aws/stream-record.ts'
import { turnIndexOf } from '../../../../functions/aws/turn-index.ts'
import { relay } from '../../../../shared/outbox/relay.ts'
import { lanes } from '../app.ts'
import type { Process } from '../process.ts'
import { adapters, type Stack, tables } from '../stack.ts'

const kinds = new Map(lanes.map(({ name, kind }) => [name, kind]))

/** @param sent what a process of the relay remembers from one invocation to the next */
export function relayFunction(stack: Stack, records: readonly DynamoDBRecord[], sent: Map<string, number>) {
  return async (process: Process) => {
    stack.witness.relays.add(process)
    const { sender, queues, clock, db, timers } = adapters(stack, process)
    const until = clock.now().getTime() + 40_000
    const { envelopes } = batchReader(db, tables)
    const ordered = { turns: turnIndexOf(db, tables.outbox), envelopes, timers, sent, until }
    const deps = {
      sender,
      clock,
      lanes: kinds,
      reject: failureQueue(queues, 'none'),
      observe: () => {},
      ordered,
      timers,
    }
    const unsent = await relay(deps, records.map(streamRecord))
    return { batchItemFailures: unsent.map((itemIdentifier) => ({ itemIdentifier })) }
  }
}
