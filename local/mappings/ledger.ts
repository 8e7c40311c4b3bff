/** Which records of a shard are finished, in stream order: the arithmetic of the checkpoint. */
export interface Ledger {
  /** A record was read. Call in stream order. */
  add(sequenceNumber: string): void
  /** The function, a filter or the failure destination is done with it. */
  finish(sequenceNumber: string): void
  /** The last number before the lowest unfinished one: all up to here may be forgotten. `undefined`: nothing yet. */
  checkpoint(): string | undefined
  /** Records from the lowest unfinished one to the last read. */
  span(): number
}

export function createLedger(): Ledger {
  /** Insertion order is stream order; the value tells whether the record is finished. */
  const open = new Map<string, boolean>()
  let checkpoint: string | undefined

  function advance(): void {
    for (const [sequenceNumber, finished] of open) {
      if (!finished) return
      open.delete(sequenceNumber)
      checkpoint = sequenceNumber
    }
  }

  return {
    add: (sequenceNumber) => open.set(sequenceNumber, false),
    finish(sequenceNumber) {
      if (!open.has(sequenceNumber)) return
      open.set(sequenceNumber, true)
      advance()
    },
    checkpoint: () => checkpoint,
    span: () => open.size,
  }
}
