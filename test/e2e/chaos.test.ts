/** The short chaos run; `npm run chaos` is the long one. */
import { expect, onTestFinished, test } from 'vitest'
import { certainPoints } from '../harness/chaos/kill-points.ts'
import { runChaos } from '../harness/chaos/run.ts'
import { fuzz } from '../harness/fuzz/run.ts'
import { ownStack } from './support/own-stack.ts'

test('300 jobs, a process killed before and after every step of a job that lives, and everyday faults: nothing is lost, nothing done twice, and no request is answered but as documented', async () => {
  const own = await ownStack({ byChance: true, shortVisibility: true })
  onTestFinished(() => own[Symbol.asyncDispose]())
  const seed = Date.now() % 1_000_000
  const settings = {
    jobs: 300,
    seed,
    killsPerPoint: 1,
    functionKills: 0,
    stackKills: 0,
    engineKills: 0,
    long: false,
    progress: () => {},
  }
  const { breaches, faults, jobs } = await runChaos(own, settings)
  expect(Object.fromEntries(Object.entries(breaches).filter(([, all]) => all.length > 0)), `seed ${seed}`).toEqual({})
  expect(jobs).toBeGreaterThanOrEqual(300)
  expect(certainPoints.filter((point) => !faults[point])).toEqual([])

  // What is left of it is put to the fuzzer.
  const { failures, requests } = await fuzz({ ...own.current(), requests: 300, seed, progress: () => {} })
  expect(failures, `seed ${seed}`).toEqual([])
  expect(requests).toBeGreaterThanOrEqual(280)
}, 300_000)
