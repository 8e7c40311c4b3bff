/** An event filter pattern of Lambda. A record passes a mapping when one of its patterns matches. */
export type StreamFilter = Readonly<Record<string, unknown>>

const inserted = (image: object): StreamFilter => ({ eventName: ['INSERT'], ...imageOf(image) })

/**
 * Items that the sweeper released. All other changes of an item remove `releasedAt`, or are made before it is there, so
 * that a relay sees each release once. `exists` works on the leaves of a record only.
 */
const released = (image: object): StreamFilter => ({
  eventName: ['MODIFY'],
  ...imageOf({ ...image, releasedAt: { S: [{ exists: true }] } }),
})

function imageOf(image: object) {
  return Object.keys(image).length > 0 ? { dynamodb: { NewImage: image } } : {}
}

const lane = (values: readonly unknown[]) => ({ lane: { S: values } })

/** Items put on one of these lanes, or released to it. */
export function onlyLanes(names: readonly string[]): StreamFilter[] {
  return [inserted(lane(names)), released(lane(names))]
}

/**
 * Everything else that was inserted, also items without a lane or with one that is no text: a malformed item must reach
 * a relay, which shows it in the failure queue. What no filter matches would vanish unseen. Only what had a lane is released.
 */
export function allButLanes(names: readonly string[]): StreamFilter[] {
  if (names.length === 0) return [inserted({}), released({})]
  const others = lane([{ 'anything-but': names }])
  return [inserted(others), inserted(lane([{ exists: false }])), released(others)]
}
