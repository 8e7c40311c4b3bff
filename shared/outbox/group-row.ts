/** The row of a group: its jobs in the order in which the relay of ordered lanes sends them. */
import type { RelayEntry, StreamRecord } from './relay-send.ts'
import { compareTurns, type Turn } from './turn.ts'

/** A job in the row of its group: of a record, or taken along, and then before the record whose turn it precedes. */
export interface Place {
  readonly record: StreamRecord
  readonly turn: Turn
  /** Of a job that is taken along it is read when its turn has come: so that many take no more memory than few. */
  readonly entry?: RelayEntry
}

const turnOf = ({ envelope, record }: RelayEntry): Turn => ({ ...envelope, seq: Number(record.item?.seq ?? 0) })

/** Records of one transaction may come in any order: among their own places they are put into that of their change. */
export function inSequence(entries: readonly RelayEntry[]): Place[] {
  const row: Place[] = entries.map((entry) => ({ record: entry.record, turn: turnOf(entry), entry }))
  const inserted = [...row.entries()].filter(([, { record }]) => record.change === 'inserted' && record.item?.change)
  const changeOf = ({ turn, record }: Place) => `${turn.createdAt} ${record.item?.change}`
  for (const ofChange of Map.groupBy(inserted, ([, place]) => changeOf(place)).values()) {
    const sorted = ofChange.map(([, place]) => place).sort((a, b) => (a.turn.seq ?? 0) - (b.turn.seq ?? 0))
    for (const [i, [index]] of ofChange.entries()) row[index] = sorted[i] as Place
  }
  return row
}

/** Puts what waited, or was released, before the first job that comes after it. */
export function merge(places: readonly Place[], waiting: readonly Turn[]): Place[] {
  const own = new Map(places.filter(({ record }) => record.change === 'released').map((one) => [one.turn.id, one]))
  const others = waiting.filter(({ id }) => !own.has(id)).map((turn) => ({ turn }))
  const ahead: (Omit<Place, 'record'> & Partial<Place>)[] = [...own.values(), ...others]
  ahead.sort((a, b) => compareTurns(a.turn, b.turn))
  const row: Place[] = []
  const placed = new Set<string>()
  let next = 0
  for (const place of places) {
    for (let one = ahead[next]; one && compareTurns(one.turn, place.turn) < 0; one = ahead[++next])
      put({ ...one, record: one.record ?? place.record })
    put(place)
  }
  return row

  function put(place: Place): void {
    if (placed.has(place.turn.id)) return
    placed.add(place.turn.id)
    row.push(place)
  }
}
