/**
 * Files of the black-box suite that run on software by others in `.ci/run`: an order from the request to the mail, status and
 * retries, dead letters and their redrive. `WHOLE_SUITE=true` runs all, which takes minutes and a machine that does nothing else.
 */
export const files =
  process.env.WHOLE_SUITE === 'true'
    ? []
    : ['orders', 'jobs.test', 'users', 'idempotency'].map((name) => `test/e2e/${name}`)
