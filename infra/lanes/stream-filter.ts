/** An event filter pattern of Lambda. A mapping passes a record when one of its patterns matches. */
export type StreamFilter = Readonly<Record<string, unknown>>

const inserted = (image: object): StreamFilter => ({ eventName: ['INSERT'], ...imageOf(image) })

/**
 * Matches items that the sweeper released. Every other change of an item removes `releasedAt` or comes before it exists,
 * so a relay sees each release once. `exists` works only on the leaves of a record.
 */
const released = (image: object): StreamFilter => ({
  eventName: ['MODIFY'],
  ...imageOf({ ...image, releasedAt: { S: [{ exists: true }] } }),
})

function imageOf(image: object) {
  return Object.keys(image).length > 0 ? { dynamodb: { NewImage: image } } : {}
}

const lane = (values: readonly unknown[]) => ({ lane: { S: values } })

/** Matches items that are inserted into one of these lanes or released to it. */
export function onlyLanes(names: readonly string[]): StreamFilter[] {
  return [inserted(lane(names)), released(lane(names))]
}

/**
 * Matches all other items that are inserted or released, including items without a lane or with a lane that is not text.
 * A malformed item must reach a relay, which sends it to the failure queue; without a match Lambda would drop it
 * without a trace. Only items with a lane are released.
 */
export function allButLanes(names: readonly string[]): StreamFilter[] {
  if (names.length === 0) return [inserted({}), released({})]
  const others = lane([{ 'anything-but': names }])
  return [inserted(others), inserted(lane([{ exists: false }])), released(others)]
}
