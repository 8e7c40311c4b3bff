/** An event filter pattern of Lambda. A record passes a mapping when one of its patterns matches. */
export type StreamFilter = Readonly<Record<string, unknown>>

const inserted = { eventName: ['INSERT'] }
const withLane = (lane: readonly unknown[]): StreamFilter => ({
  ...inserted,
  dynamodb: { NewImage: { lane: { S: lane } } },
})

/** Items put on one of these lanes. */
export function onlyLanes(names: readonly string[]): StreamFilter[] {
  return [withLane(names)]
}

/**
 * Everything else that was inserted, also items without a lane or with one that is no text: a malformed item must reach
 * a relay, which shows it in the failure queue. What no filter matches would vanish unseen.
 */
export function allButLanes(names: readonly string[]): StreamFilter[] {
  return names.length === 0 ? [inserted] : [withLane([{ 'anything-but': names }]), withLane([{ exists: false }])]
}
