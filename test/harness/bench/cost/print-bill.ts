/** `npm run bench -- bill --jobs-per-second 50 --size 1 --retries 0.02 --lanes default=0.8,ordered=0.2`: what a load costs on this stack. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { lanes } from '../../../../app/lanes.ts'
import { prices } from '../../../../shared/lib/prices.ts'
import type { Metered } from '../measure/meter.ts'
import { number } from '../print.ts'
import { bill, type Load, sumOf, writeUnitsOf } from './model.ts'
import { type IdleLine, idle, monthly } from './monthly.ts'

const names = lanes.map(({ name }) => name).join(', ')
const usage = `npm run bench -- bill [--jobs-per-second 10] [--size 0.5] [--retries 0.01] [--lanes default=1] …

  --jobs-per-second   jobs accepted, on average
  --size              KB of a job's outbox item
  --retries           failed attempts, as a share of the jobs
  --lanes             share of the jobs on each lane: ${names}
  --jobs-per-request  jobs in one request to the API
  --record-units      write units of the record that is written with a job; 3 for an order of the sample
  --tracing           with the setting tracing, which is off by default
  --job-index         with the setting jobIndex, which is off on prod by default
  --full-batches      as if every batch were full, whatever the rate`

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    'jobs-per-second': { type: 'string', default: '10' },
    size: { type: 'string', default: '0.5' },
    retries: { type: 'string', default: '0.01' },
    lanes: { type: 'string', default: 'default=1' },
    'jobs-per-request': { type: 'string', default: '1' },
    'record-units': { type: 'string', default: '0' },
    'full-batches': { type: 'boolean', default: false },
    tracing: { type: 'boolean', default: false },
    'job-index': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function main(): void {
  if (values.help) {
    console.log(usage)
    return
  }
  const load: Load = {
    jobsPerSecond: numberOf('jobs-per-second', 0.000_001, 100_000),
    size: numberOf('size', 0.1, 400),
    retries: numberOf('retries', 0, 25),
    lanes: lanesOf(values.lanes),
    jobsPerRequest: numberOf('jobs-per-request', 1, 100),
    recordUnits: numberOf('record-units', 0, 1_000),
    fullBatches: values['full-batches'],
    tracing: values.tracing,
    jobIndex: values['job-index'],
  }
  const file = join(import.meta.dirname, 'metered.json')
  if (!existsSync(file)) throw new Error('Nothing has been metered yet: run `npm run bench -- cost --write` first.')
  const { metered } = JSON.parse(readFileSync(file, 'utf8')) as { metered: Metered }
  const lines = bill(metered, load)
  const totals = {
    usdPerMillionJobs: sumOf(lines),
    writeUnitsPerJob: writeUnitsOf(lines),
    ...monthly(metered, load),
    prices: { region: prices.region, date: prices.date },
  }
  if (process.stdout.isTTY) print(load, lines, totals, idle(metered))
  else console.log(JSON.stringify({ load, lines, idle: idle(metered), ...totals }, null, 2))
}

type Totals = ReturnType<typeof monthly> & { usdPerMillionJobs: number; writeUnitsPerJob: number }

function print(load: Load, lines: ReturnType<typeof bill>, totals: Totals, idleLines: readonly IdleLine[]): void {
  const table = new Table({
    head: ['service', '', 'a job', '', 'USD a million jobs'],
    colAligns: ['left', 'left', 'right', 'left', 'right'],
    style: { head: [], border: [] },
  })
  for (const { service, what, quantity, unit, usd } of lines)
    table.push([service, what, number(quantity), unit, usd.toFixed(3)])
  table.push(['', '', number(totals.writeUnitsPerJob), 'write units', totals.usdPerMillionJobs.toFixed(2)])
  console.log(table.toString())
  const { jobsPerMonth, usdPerMonth, keptUsdPerMonth, idleUsdPerMonth } = totals
  console.log(
    `${number(load.jobsPerSecond)} jobs a second are ${number(jobsPerMonth)} a month: ${usdPerMonth.toFixed(2)} USD.`,
  )
  console.log(
    `Kept data: ${keptUsdPerMonth.toFixed(2)} USD a month. A stage \`prod\` without any job: ${idleUsdPerMonth.toFixed(2)} USD a month:`,
  )
  console.log(idleTable(idleLines))
  console.log(
    `Prices of ${prices.region}, ${prices.date}, on demand. What jobs do outside (mails, your records' storage) is not in it.`,
  )
}

function idleTable(lines: readonly IdleLine[]): string {
  const table = new Table({
    head: ['service', '', 'USD a month'],
    colAligns: ['left', 'left', 'right'],
    style: { head: [], border: [] },
  })
  for (const { service, what, usd } of lines) table.push([service, what, usd.toFixed(3)])
  return table.toString()
}

function numberOf(name: keyof typeof values, least: number, most: number): number {
  const value = Number(values[name])
  if (value >= least && value <= most) return value
  throw new Error(`--${name} is "${values[name]}"; give a number from ${least} to ${most}.`)
}

function lanesOf(text: string): Record<string, number> {
  const shares = Object.fromEntries(
    text.split(',').map((part) => [part.split('=')[0] ?? '', Number(part.split('=')[1] ?? 1)]),
  )
  const unknown = Object.keys(shares).find((name) => !lanes.some((lane) => lane.name === name))
  const sum = Object.values(shares).reduce((total, share) => total + share, 0)
  if (unknown === undefined && Math.abs(sum - 1) < 0.001) return shares
  const problem = unknown === undefined ? 'the shares do not add up to 1' : `there is no lane "${unknown}"`
  throw new Error(`--lanes is "${text}", and ${problem}; give name=share, of ${names}.`)
}

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
