/**
 * Installs the packed package in every app by every package manager, and prints the table of docs/maintainers/installs.md.
 * It needs npm, pnpm and yarn: those on the path, or in a folder that TOOLS names.
 *
 *     npx node test/package/strangers/main.ts [part of an app's name] [package manager]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apps } from './apps.ts'
import { managers } from './managers.ts'
import { type Outcome, runApp } from './run.ts'

const [appName = '', managerName = ''] = process.argv.slice(2)
const { TOOLS, STRANGERS_DIR } = process.env
const root = mkdtempSync(join(STRANGERS_DIR ?? tmpdir(), 'outbox-strangers-'))
const pack = join(import.meta.dirname, '../../../tools/package/pack.ts')
execFileSync(process.execPath, [pack, '--silent', '--pack-destination', root], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
const place = { tarball: join(root, 'outbox-relay-0.1.0.tgz'), tools: TOOLS === undefined ? [] : [TOOLS] }

for (const app of apps.filter(({ name }) => name.includes(appName)))
  for (const manager of managers.filter(({ name }) => name.startsWith(managerName))) {
    try {
      const outcome = await runApp(app, manager, { ...place, root: join(root, 'app') })
      console.log(rowOf(outcome))
      for (const { name, errors } of outcome.types)
        for (const error of errors) console.error(`  TypeScript ${name}: ${error}`)
    } catch (error) {
      process.exitCode = 1
      console.error(error)
    }
  }
rmSync(root, { recursive: true, force: true })

function rowOf({ app, manager, installSeconds, seconds, types }: Outcome): string {
  const green = types.filter(({ errors }) => errors.length === 0).map(({ name }) => name)
  return `| ${app} | ${manager} | ${green.join(', ')} | ${Math.round(installSeconds)} | ${Math.round(seconds)} |`
}
