/** Checks that docs/security.md names a test for every threat, and that every acknowledged cdk-nag rule has a reason. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exceptions, grantProblems, rowOf } from '../e2e/support/unused-grants.ts'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docs/security.md'), 'utf8')
const threats = text.slice(text.indexOf('## Threats'), text.indexOf('cdk-nag'))
const rows = threats.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| attacker | attack'))
const named = [
  ...new Set(
    [...text.matchAll(/`((?:(?:local|console)\/)?test\/[^`]+\.test\.ts)`/g)].map(([, file]) => file as string),
  ),
]

describe('docs/security.md', () => {
  it('names a test for every threat', () => {
    expect(rows.length).toBeGreaterThan(15)
    for (const row of rows)
      expect(row.split('|').at(-2), row).toMatch(/`(?:(?:local|console)\/)?test\/[^`]+\.test\.ts`/)
  })

  it.each(named)('names %s, which exists and tests something', (file) => {
    expect(existsSync(join(root, file))).toBe(true)
    expect(readFileSync(join(root, file), 'utf8')).toMatch(/\b(?:it|test)(?:\.each)?\(/)
  })
})

describe('grants that the suite never uses', () => {
  const page = readFileSync(join(root, 'docs/maintainers/unused-grants.md'), 'utf8')
  const [, , ...table] = page.split('\n').filter((line) => line.startsWith('|'))

  it('are in the table of docs/maintainers/unused-grants.md with their reasons, all of them and no others', () => {
    expect(table).toEqual(exceptions.map(rowOf))
  })

  const exception = { action: 'sqs:SendMessage', on: 'bulk', of: ['relay'], because: 'it is.' }
  const grant = { fn: 'relay', action: 'sqs:SendMessage', resource: 'arn:aws:sqs:eu-west-1:1:OutboxRelay-local-bulk' }

  it('are no problem, if they are exceptions', () => {
    expect(grantProblems([grant], [exception])).toEqual([])
  })

  it.each([
    [
      'a grant that is no exception',
      [grant, { ...grant, action: 'sqs:DeleteMessage' }],
      'relay: sqs:DeleteMessage on b',
    ],
    [
      'the same of another function',
      [grant, { ...grant, fn: 'sweep' }],
      'sweep: sqs:SendMessage on bulk was never used',
    ],
    ['an exception that was used', [], 'relay: sqs:SendMessage on bulk was used'],
  ])('are named: %s', (_, unused, problem) => {
    expect(grantProblems(unused, [exception])).toEqual([expect.stringContaining(problem)])
  })
})

describe('what cdk-nag is told to overlook', () => {
  const source = globSync('infra/**/*.ts', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  const sentences = [...source.matchAll(/openReason =\s*['"`]([^'"`]+)['"`]/g)].map(([, reason]) => reason ?? '')
  /** Each rule that is named, and the text that comes next: its reason, or the constant that holds it. */
  const acknowledged = [
    ...source.matchAll(
      /['"`](AwsSolutions-[A-Z]+\d+)[^'"`]*['"`]\]?[:,]\s*(?:reason:\s*)?(?:['"`]([^'"`]+)|openReason)/g,
    ),
  ].map(([, rule, reason]) => [rule, reason ?? sentences[0] ?? ''] as const)

  it('is all that is looked at: each rule that the code names has a reason beside it', () => {
    expect(acknowledged).toHaveLength([...source.matchAll(/['"`]AwsSolutions-[A-Z]+\d+/g)].length)
    expect(acknowledged.length).toBeGreaterThan(4)
  })

  it.each(acknowledged)('%s: because %s', (_, reason) => {
    expect(reason.length).toBeGreaterThan(40)
    expect(reason).toMatch(/\.$/)
  })
})
