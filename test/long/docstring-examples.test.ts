/** Compiles the examples of the docstrings. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { moduleOf } from '../support/docstring-examples.ts'
import { publicEntries } from '../support/docstrings.ts'

const root = join(import.meta.dirname, '../..')

test('the examples of the docstrings compile', () => {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-examples-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    writeFileSync(join(directory, 'examples.mts'), moduleOf(publicEntries()))
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false, noImplicitReturns: false }
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['examples.mts'] }
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config))
    expect(compiled(directory)).toBe('')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** What the compiler prints: its errors, or nothing. */
function compiled(directory: string): string {
  try {
    return execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', directory], { encoding: 'utf8' })
  } catch (error) {
    return (error as { readonly stdout: string }).stdout
  }
}
