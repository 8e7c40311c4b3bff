/** Tables of the peers. */
export const idempotencyTable = 'bench-idempotency'
export const forwardedTable = 'bench-forwarded'
