import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Written } from './written.ts'

/** What one version of the code stored and sent. */
export interface Version {
  readonly name: string
  readonly written: Written
}

const directory = import.meta.dirname
const file = (name: string) => join(directory, name, 'written.json')

/** All versions, oldest first. */
export function versions(): Version[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, written: JSON.parse(readFileSync(file(name), 'utf8')) as Written }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** @throws when the version has been released: then others have stored these shapes, and they stay as they are */
export function write(name: string, written: Written): void {
  const changelog = readFileSync(join(directory, '../../CHANGELOG.md'), 'utf8')
  if (!changelog.includes(`## ${name} (unreleased)`))
    throw new Error(`CHANGELOG.md has no "## ${name} (unreleased)": what a released version wrote is never changed`)
  mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(file(name), `${JSON.stringify(written, null, 2)}\n`)
}
