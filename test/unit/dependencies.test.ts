/** What is installed is what was reviewed: fixed by its hash, from any registry, and running nothing while it is installed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verdictOf } from '../audit/verdict.ts'

interface Locked {
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
}

const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'))
const lock = read('package-lock.json') as { lockfileVersion: number; packages: Record<string, Locked> }
const manifest = read('package.json') as Record<string, Record<string, unknown>>
const workspaces = manifest.workspaces as unknown as readonly string[]
/** Of this repository, so nothing of them is fetched. */
const own = ['', ...workspaces, ...workspaces.map((name) => `node_modules/@outbox-relay/${name}`)]
const locked = Object.entries(lock.packages).filter(([path]) => !own.includes(path))

describe('the lock file', () => {
  it('fixes every package by a SHA-512 of its content', () => {
    expect(locked.length).toBeGreaterThan(100)
    const loose = locked.filter(([, { integrity, inBundle }]) => !inBundle && !integrity?.startsWith('sha512-'))
    expect(loose.map(([path]) => path)).toEqual([])
  })

  it('names no registry and no other place, so that each machine takes its own', () => {
    expect(locked.filter(([, { resolved, link }]) => resolved !== undefined || link).map(([path]) => path)).toEqual([])
  })

  it('is of these dependencies', () => {
    for (const folder of ['', ...workspaces]) {
      const declared = read(join(folder, 'package.json')) as Record<string, unknown>
      const inLock = lock.packages[folder] as Record<string, unknown>
      for (const kind of ['dependencies', 'devDependencies']) expect(inLock[kind]).toEqual(declared[kind])
    }
  })

  it('links the workspaces into node_modules', () => {
    for (const name of workspaces)
      expect(lock.packages[`node_modules/@outbox-relay/${name}`]).toEqual({ resolved: name, link: true })
  })

  it('lets no package run a script while it is installed, but those that are named', () => {
    const running = locked
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
    expect([...new Set(running)].sort()).toEqual(Object.keys(manifest.allowScripts ?? {}).sort())
  })
})

describe('an audit', () => {
  it('is clean, or names what is not', () => {
    const clean = { vulnerabilities: {}, metadata: { dependencies: { prod: 90, total: 400 } } }
    expect(verdictOf(JSON.stringify(clean), '')).toEqual({ kind: 'clean', packages: 90 })
    const bad = { vulnerabilities: { left: { severity: 'high', range: '<1.2.3' } } }
    expect(verdictOf(JSON.stringify(bad), '')).toEqual({ kind: 'vulnerable', lines: ['left <1.2.3: high'] })
  })

  it.each([
    ['{"message":"405 Method Not Allowed","error":{}}', '', '405 Method Not Allowed'],
    ['', '\nnpm error audit endpoint returned an error\n', 'npm error audit endpoint returned an error'],
    ['<html>', '', 'npm gave no report'],
  ])('does not pass for clean when the registry does not answer', (stdout, stderr, why) => {
    expect(verdictOf(stdout, stderr)).toEqual({ kind: 'not-checked', why })
  })
})
