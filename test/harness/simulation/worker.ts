/** Runs worlds one after the other, in a thread of its own. */
import { parentPort } from 'node:worker_threads'
import { simulate } from './simulate.ts'

parentPort?.on('message', async ({ seed, jobs }: { seed: number; jobs: number }) => {
  parentPort?.postMessage(await simulate(seed, jobs))
})
