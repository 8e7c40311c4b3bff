/** W3C trace context, as a header or an option carries it. */

/** The trace context if it is valid, and otherwise none: a caller's mistake is no reason to refuse its request. */
export function validTraceparent(given: unknown): string | undefined {
  return typeof given === 'string' && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(given)
    ? given
    : undefined
}
