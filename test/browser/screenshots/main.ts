/**
 * Makes the pictures of docs/images, from a stack that runs and has had a bad night:
 *
 *     npx node test/browser/screenshots/main.ts [--minutes 6] [--out docs/images]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { builtConsole } from '../../../console/build-web.ts'
import { runStack } from '../../../local/run-stack.ts'
import { takePictures } from './pictures.ts'
import { openShop, type Shop } from './shop.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '6' }, out: { type: 'string', default: 'docs/images' } },
})

await builtConsole()
const dataDir = await mkdtemp(join(tmpdir(), 'screenshots-'))
const stack = await runStack({ dataDir, serve: '/console=console/web/dist' })
try {
  await using shop = await openShop(stack)
  console.log(`The shop of ${stack.apiUrl}/console is open for ${values.minutes} minutes.`)
  const order = await shop.trade(Number(values.minutes))
  await createBatch(shop)
  await actLikeAnOperator(shop)
  for (const file of await takePictures(`${stack.apiUrl}/console/`, order, values.out)) console.log(file)
} finally {
  await stack.stop()
  await rm(dataDir, { recursive: true, force: true })
}

/** A batch that has finished, with two members that are dead. */
async function createBatch({ call }: Shop): Promise<void> {
  const member = (rest: object = {}) => ({ type: 'probe', payload: { key: 'batch', ...rest } })
  const jobs = [...Array(58).fill(member()), ...Array(2).fill(member({ permanent: true }))]
  await call('POST', '/batches', { jobs, onFinished: member(), onSucceeded: member() })
}

/** So that there is something to see on the screen of actions, and a lane that is paused. */
async function actLikeAnOperator({ call }: Shop): Promise<void> {
  const { deadLetters } = await call<{ deadLetters: { id: string }[] }>('GET', '/dead-letters?limit=5')
  const [first, second] = deadLetters
  if (first) await call('POST', `/jobs/${first.id}/replay`, {})
  if (second) await call('POST', '/dead-letters/redrive', { ids: [second.id] })
  const later = { type: 'build-report', payload: { from: '2026-10-01', to: '2026-10-31' }, delaySeconds: 3_600 }
  const { id } = await call<{ id: string }>('POST', '/jobs', later)
  await call('POST', `/jobs/${id}/cancel`, {})
  await call('POST', '/reconcile', {})
  // The lane's circuit breaker was faster, if it has one.
  const { lanes } = await call<{ lanes: { name: string; state: string }[] }>('GET', '/lanes')
  if (lanes.find(({ name }) => name === 'bulk')?.state === 'running') await call('POST', '/lanes/bulk/pause', {})
}
