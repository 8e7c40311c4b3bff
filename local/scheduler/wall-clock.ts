const formats = new Map<string, Intl.DateTimeFormat>()

/** How far a time zone's clock is ahead of UTC at an instant, in ms. Throws a RangeError for an unknown zone. */
function offsetAt(instant: number, timezone: string): number {
  const format =
    formats.get(timezone) ?? new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
  formats.set(timezone, format)
  const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? []
  const ahead = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -ahead : ahead
}

/** What a clock on the wall of the time zone shows, as if it were UTC, in ms. */
export const wallClockOf = (instant: number, timezone: string) => instant + offsetAt(instant, timezone)

/**
 * When the clock on the wall shows this. In autumn, when an hour comes twice, the first time; `undefined` in spring,
 * when the hour does not come at all: AWS invokes once, and not at all.
 */
export function instantOf(wallClock: number, timezone: string): number | undefined {
  const day = 86_400_000
  const offsets = [wallClock - day, wallClock + day].map((near) => offsetAt(near, timezone))
  return offsets
    .map((offset) => wallClock - offset)
    .sort((a, b) => a - b)
    .find((instant) => wallClockOf(instant, timezone) === wallClock)
}
