import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leaves } from '../cli/commands.ts'
import { examples } from '../cli/help.ts'
import { programOf } from '../cli/program.ts'
import { withReference } from '../cli/reference.ts'
import { outbox } from './support/fake-ports.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')

test('docs/cli.md says what the program says; else run `npx node console/cli/reference.ts`', () => {
  expect(page).toBe(withReference(page))
})

const out = { isTTY: false, columns: 80, write: () => {} }
const paths = leaves(programOf({ ports: { version: '1.2.3', stdout: out, stderr: out }, exit: 0 } as never)).map(
  ([path]) => path,
)

test('every command has an example, and no other has', () => {
  expect(Object.keys(examples).toSorted()).toEqual(paths.toSorted())
})

test.each(paths)('the help of %s shows its options, its example and where to look', async (path) => {
  const { code, out, err } = await outbox(`${path} --help`)
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(examples[path]?.[0])
  expect(out).toContain('--stage')
})

test('the help of the program has the exit codes', async () => {
  const { code, out } = await outbox('--help')
  expect(code).toBe(0)
  expect(out).toMatch(/Exit codes:\n {2}0 +done\n/)
})

/** Words of a command line, without quotes and redirections. */
function words(line: string): string[] {
  const bare = line.replace(/^eval "\$\((.*)\)"$/, '$1').replace(/ [<>] .*$/, '')
  return [...bare.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1)
}

// The console runs until it is stopped; its server has tests of its own.
const runnable = Object.values(examples)
  .flat()
  .filter((line) => !/^outbox console|--watch/.test(line))

test.each(runnable)('the example works: %s', async (line) => {
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    const { fakeApi } = await import('./support/fake-api.ts')
    return fakeApi().handle(new Request(input, init))
  }
  const { code, err } = await outbox(words(line), { stdin: '{}', ports: { fetch } })
  expect([code, err]).toEqual([0, ''])
})
