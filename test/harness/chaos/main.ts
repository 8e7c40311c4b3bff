/** `npm run chaos -- [--jobs 10000] [--fuzz 20000] [--seed n] …`: the long fault run. Exit 0 only if no promise was broken. */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { assemblyOf, disposeOnSignal, ownStack } from '../../e2e/support/own-stack.ts'
import { fuzz } from '../fuzz/run.ts'
import { asMarkdown, asText, breachesOf } from './report.ts'
import { runChaos } from './run.ts'

/** As they were given, or as they are without. */
const argumentsOf = (values: object) =>
  Object.entries(values)
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** At each point of a job's life, before and after it; in each life of the stack anew. */
    'kills-per-point': { type: 'string', default: '8' },
    'function-kills': { type: 'string', default: '40' },
    'stack-kills': { type: 'string', default: '3' },
    'engine-kills': { type: 'string', default: '4' },
    /** Requests that are sent to another stack meanwhile; 0 for none. */
    fuzz: { type: 'string', default: '20000' },
    /** A directory for chaos.md and chaos.json. */
    report: { type: 'string' },
  },
})
const began = performance.now()
const seconds = () => (performance.now() - began) / 1000
const progress = (line: string) => console.log(`${seconds().toFixed(0).padStart(5)} s  ${line}`)
const seed = Number(values.seed)

console.log(`Chaos with ${values.jobs} jobs, seed ${seed} …`)
await using own = await ownStack()
await using another = await ownStack()
disposeOnSignal(own, another)
const calm = Promise.withResolvers<void>()
const chaosRun = runChaos(own, {
  jobs: Number(values.jobs),
  seed,
  killsPerPoint: Number(values['kills-per-point']),
  functionKills: Number(values['function-kills']),
  stackKills: Number(values['stack-kills']),
  engineKills: Number(values['engine-kills']),
  long: true,
  onCalm: calm.resolve,
  progress,
})

/** On a stack of its own, while the other one waits for visibility timeouts, backoffs and the next sweep. */
async function fuzzBeside() {
  const requests = Number(values.fuzz)
  if (requests === 0) return
  await calm.promise
  // It need not be synthesized again.
  process.env.E2E_ASSEMBLY = assemblyOf(own)
  const began = seconds()
  const found = await fuzz({ ...(await another.start()), requests, seed, progress })
  return { found, seconds: seconds() - began }
}

const [chaos, fuzzed] = await Promise.all([chaosRun, fuzzBeside()])
const report = {
  seed,
  seconds: seconds(),
  cores: availableParallelism(),
  phases: { ...chaos.phases, ...(fuzzed ? { 'fuzz, beside the drain': fuzzed.seconds } : {}) },
  chaos,
  fuzz: fuzzed?.found,
}
console.log(`\n${asText(report)}`)
if (values.report !== undefined) {
  await mkdir(values.report, { recursive: true })
  await writeFile(join(values.report, 'chaos.md'), asMarkdown(report))
  await writeFile(join(values.report, 'chaos.json'), `${JSON.stringify(report, null, 2)}\n`)
}
const breaches = breachesOf(report)
for (const line of breaches.slice(0, 50)) console.error(line)
if (breaches.length > 0) {
  console.error(
    `${breaches.length} breaches of the promise. The same load again: npm run chaos -- ${argumentsOf({ ...values, seed: String(seed) })}`,
  )
}
process.exitCode = breaches.length > 0 ? 1 : 0
