import { defineLane } from 'outbox-relay'

/** The lanes of this application. A job type names its lane. A caller may choose another lane of the same kind. */
export const lanes = [
  defineLane({
    name: 'urgent',
    kind: 'standard',
    timeoutSeconds: 15,
    memoryMb: 256,
    batchSize: 5,
    maximumConcurrency: 50,
    lateAfterSeconds: 60,
  }),
  defineLane({
    name: 'default',
    kind: 'standard',
    timeoutSeconds: 15,
    memoryMb: 256,
    batchSize: 10,
    maximumConcurrency: 50,
    lateAfterSeconds: 600,
  }),
  defineLane({
    name: 'bulk',
    kind: 'standard',
    timeoutSeconds: 60,
    memoryMb: 256,
    batchSize: 10,
    maximumConcurrency: 10,
    lateAfterSeconds: 86_400,
    // The webhooks are on this lane. If all receivers fail at once, the fault is in the outgoing connection.
    circuitBreaker: { failures: 30, withinSeconds: 60 },
  }),
  defineLane({
    name: 'ordered',
    kind: 'ordered',
    timeoutSeconds: 15,
    memoryMb: 256,
    batchSize: 10,
    maximumConcurrency: 20,
    lateAfterSeconds: 600,
  }),
] as const
