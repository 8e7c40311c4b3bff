/** Writes the figures of a run into their pages in docs/, between marks, and the charts next to them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bar, barChart } from './chart.ts'
import { peers, sumOf } from './cost/model.ts'
import type { Metered } from './measure/meter.ts'
import { figures, isText, limitText, verdict } from './print.ts'
import { figureOf, isMet, type Result } from './result.ts'

const docs = join(import.meta.dirname, '../../../docs')
const images = join(docs, 'images')
const performance = 'maintainers/performance-figures.md'
const costs = 'cost-figures.md'

interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly node: string
  readonly at: string
}

/** @param isAll whether every bench was run: the goals and the machine are those of one run of all */
export async function writeDocs(
  results: Readonly<Record<string, Result>>,
  machine: Machine,
  isAll: boolean,
): Promise<void> {
  await mkdir(images, { recursive: true })
  for (const [name, result] of Object.entries(results))
    await replace(performance, name, `${pictureOf(name)}${tableOf(result)}`)
  if (isAll) {
    await replace(performance, 'goals', goalsOf(results))
    const when = `Measured on ${machine.at.slice(0, 10)}: ${machine.cores} cores of ${machine.cpu}, Node.js ${machine.node}.`
    await replace(performance, 'machine', when)
  }
  const rate = (result: Result | undefined, unit: string, own: string): Bar[] =>
    (result?.rows ?? []).flatMap(({ what, unit: is, value }) =>
      is === unit ? [{ name: what, value: figureOf(value), strong: what === own }] : [],
    )
  await chart('relay', 'Relay', 'records a second', rate(results.relay, 'records/s', 'relay'))
  await chart('consumer', 'Consumer', 'jobs a second', rate(results.consumer, 'jobs/s', 'consumer'))
  const cost = results.cost as (Result & { metered?: Metered }) | undefined
  if (cost?.metered) await writeCost(cost.metered, machine)
}

async function writeCost(metered: Metered, machine: Machine): Promise<void> {
  const file = join(import.meta.dirname, 'cost/metered.json')
  await writeFile(file, `${JSON.stringify({ at: machine.at.slice(0, 10), metered }, null, 2)}\n`)
  const all = peers(metered)
  const bars = all.map(({ name, lines }, i) => ({ name, value: sumOf(lines), strong: i === 0 }))
  await chart('cost', 'An order with one job', 'USD a million', bars)
  const lines = all[0]?.lines ?? []
  await replace(
    costs,
    'bill',
    [
      '| service | what | an order | | USD a million |',
      '|---|---|---|---|---|',
      ...lines.map(
        ({ service, what, quantity, unit, usd }) =>
          `| ${service} | ${what} | ${Number(quantity.toPrecision(3))} | ${unit} | ${usd.toFixed(3)} |`,
      ),
      `| | | | | **${sumOf(lines).toFixed(2)}** |`,
    ].join('\n'),
  )
  await replace(
    costs,
    'peers',
    [
      '![USD a million orders with one job](images/bench-cost.svg)',
      '',
      '| way | USD a million | |',
      '|---|---|---|',
      ...all.map(({ name, lines, but }) => `| ${name} | ${sumOf(lines).toFixed(2)} | ${but} |`),
    ].join('\n'),
  )
}

async function chart(name: string, title: string, unit: string, bars: readonly Bar[]): Promise<void> {
  if (bars.length > 0) await writeFile(join(images, `bench-${name}.svg`), barChart(title, unit, bars))
}

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. A page without the marks does not change. */
async function replace(page: string, name: string, text: string): Promise<void> {
  const path = join(docs, page)
  const before = await readFile(path, 'utf8')
  const marked = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n?<!-- /${name} -->)`)
  await writeFile(
    path,
    before.replace(marked, (_, open: string, close: string) => `${open}\n${text}\n${close}`),
  )
}

/** The charts that a run writes, by bench. */
const pictures: Readonly<Record<string, string>> = { relay: 'Records a second', consumer: 'Jobs a second' }

function pictureOf(name: string): string {
  return pictures[name] ? `![${pictures[name]}](../images/bench-${name}.svg)\n\n` : ''
}

function tableOf({ rows, notes = [] }: Result): string {
  const lines = rows.map(({ what, unit, value }) => {
    const [median, least, most] = figures(value)
    return `| ${what} | ${median} | ${least === '' ? '' : `${least} to ${most}`} | ${unit} |`
  })
  return ['| | median | least to most | |', '|---|---|---|---|', ...lines, ...notes.flatMap((note) => ['', note])].join(
    '\n',
  )
}

function goalsOf(results: Readonly<Record<string, Result>>): string {
  const lines = Object.entries(results).flatMap(([name, { goals }]) =>
    goals.map((goal) => `| ${name} | ${goal.what} | ${isText(goal)} | ${limitText(goal)} | ${verdict(goal)} |`),
  )
  const reasons = Object.entries(results).flatMap(([name, { goals }]) =>
    goals.flatMap((goal) => (isMet(goal) || !goal.because ? [] : ['', `*${name}, ${goal.what}:* ${goal.because}.`])),
  )
  return ['| bench | goal | is | should be | |', '|---|---|---|---|---|', ...lines, ...reasons].join('\n')
}
