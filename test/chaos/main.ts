/** `npm run chaos -- [--jobs 10000] [--stack-kills 3] [--seed n]`: the long fault run. Exit 0 only if nothing was lost and nothing done twice. */
import { parseArgs } from 'node:util'
import { ownStack } from '../e2e/support/own-stack.ts'
import { reportText } from './report.ts'
import { runChaos } from './run.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    'stack-kills': { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const settings = { jobs: Number(values.jobs), stackKills: Number(values['stack-kills']), seed: Number(values.seed) }
const began = performance.now()
const seconds = () => (performance.now() - began) / 1000

console.log(`Chaos with ${settings.jobs} jobs, seed ${settings.seed} …`)
await using own = await ownStack()
const report = await runChaos(own, {
  ...settings,
  progress: (line) => console.log(`${seconds().toFixed(0).padStart(5)} s  ${line}`),
})
console.log(`\n${reportText(report, seconds())}`)
const failed = report.lost.length + report.twice.length > 0
if (failed)
  console.error(
    `Lost: ${report.lost.slice(0, 20).join(', ') || 'none'}. Twice: ${report.twice.slice(0, 20).join(', ') || 'none'}. Repeat with --seed ${settings.seed}.`,
  )
process.exitCode = failed ? 1 : 0
