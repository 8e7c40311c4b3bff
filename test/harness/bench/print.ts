import Table from 'cli-table3'
import { figureOf, type Goal, isMet, type Result } from './result.ts'
import type { Spread } from './statistics.ts'

const style = { head: [], border: [] }

export function printResult(name: string, { rows, notes = [] }: Result): void {
  const table = new Table({
    head: [name, 'median', 'least', 'most', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style,
  })
  for (const { what, unit, value } of rows) table.push([what, ...figures(value), unit])
  console.log(table.toString())
  for (const note of notes) console.log(note)
  console.log('')
}

/** Every goal, and whether it is met. */
export function printGoals(results: Readonly<Record<string, Result>>): void {
  const table = new Table({
    head: ['goal', 'is', 'should be', ''],
    colAligns: ['left', 'right', 'right', 'left'],
    style,
  })
  for (const [name, { goals }] of Object.entries(results))
    for (const goal of goals) table.push([`${name}: ${goal.what}`, isText(goal), limitText(goal), verdict(goal)])
  console.log(table.toString())
  for (const [name, { goals }] of Object.entries(results))
    for (const goal of goals) if (!isMet(goal) && goal.because) console.log(`${name}: ${goal.what}: ${goal.because}.`)
}

export function verdict(goal: Goal): string {
  return isMet(goal) ? 'met' : 'missed'
}

export function isText({ is, unit }: Goal): string {
  return `${number(figureOf(is))}${unit === undefined ? '' : ` ${unit}`}`
}

export function limitText({ op, limit, unit }: Goal): string {
  return `${op} ${number(limit)}${unit === undefined ? '' : ` ${unit}`}`
}

export function figures(value: Spread | number): [string, string, string] {
  if (typeof value === 'number') return [number(value), '', '']
  return [number(value.median), number(value.min), number(value.max)]
}

/** Three digits that mean something. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
