/**
 * The package with its real dependencies, in the app that `cdk init` makes: installed by npm, checked by each compiler, run.
 * `main.ts` in `strangers/` has the other apps and package managers.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { apps } from './strangers/apps.ts'
import { managers } from './strangers/managers.ts'
import { runApp } from './strangers/run.ts'

const directory = mkdtempSync(join(tmpdir(), 'outbox-strangers-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('the app that `cdk init` makes', () => {
  test('runs a job, and type-checks with every compiler', { timeout: 900_000 }, async () => {
    const pack = join(import.meta.dirname, '../../tools/package/pack.ts')
    execFileSync(process.execPath, [pack, '--silent', '--pack-destination', directory], { stdio: 'ignore' })
    const place = { root: join(directory, 'app'), tarball: join(directory, 'outbox-relay-0.1.0.tgz'), tools: [] }
    const { types } = await runApp(apps[0]!, managers[0]!, place)
    expect(types.length).toBeGreaterThan(5)
    expect(types.flatMap(({ name, errors }) => errors.map((error) => `${name}: ${error}`))).toEqual([])
  })
})
