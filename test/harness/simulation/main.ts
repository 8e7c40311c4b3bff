/**
 * `npx node test/harness/simulation/main.ts [--jobs 100000] [--seed n] [--world 5000]`: the whole pipeline in virtual time, in
 * many worlds of some thousand jobs, one to a core at a time. Exit 0 only if every promise was kept in each. When it is
 * interrupted, it ends the worlds that it has begun and reports what it knows.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { reportText, sumUp } from './report.ts'
import type { Report } from './simulate.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Jobs that live in one world. */
    world: { type: 'string', default: '5000' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
const [jobs, seed, size] = [Number(values.jobs), Number(values.seed), Number(values.world)]
const worlds = Array.from({ length: Math.ceil(jobs / size) }, (_, n) => ({
  seed: seed + n,
  jobs: Math.min(size, jobs - n * size),
}))
const reports: Report[] = []
/** Worlds between two lines of progress. */
const step = 50

/** Takes the next world, until none is left. */
async function work(): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  for (let world = waiting.shift(); world; world = waiting.shift()) {
    worker.postMessage(world)
    const [report] = (await once(worker, 'message')) as [Report]
    reports.push(report)
    tell(report, world.jobs)
    if (reports.length % step === 0) console.error(`${reports.length} of ${worlds.length} worlds`)
  }
  await worker.terminate()
}

function tell({ seed, broken }: Report, jobs: number): void {
  const promises = Object.entries(broken).filter(([, ids]) => ids.length > 0)
  for (const [promise, ids] of promises) {
    console.error(`seed ${seed}: "${promise}" is broken for ${ids.length} jobs: ${ids.slice(0, 5).join(', ')}`)
  }
  if (promises.length > 0)
    console.error(`Repeat it: npx node test/harness/simulation/main.ts --jobs ${jobs} --world ${jobs} --seed ${seed}`)
}

const waiting = [...worlds]
const began = performance.now()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => waiting.splice(0))
await Promise.all(Array.from({ length: Math.min(Number(values.threads), worlds.length) }, work))
const total = sumUp(reports)
const cpu = process.cpuUsage()
console.log(reportText(total, (performance.now() - began) / 1000, (cpu.user + cpu.system) / 1e6))
process.exitCode = total.broken.length > 0 ? 1 : 0
