/** Package managers, as a machine has them that knows nothing of this repository. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from './apps.ts'

export interface Manager {
  readonly name: 'npm' | 'pnpm' | 'yarn'
  readonly install: readonly string[]
  /** How a program of the app is run. */
  readonly exec: readonly string[]
  /** What its user sets before the first installation. */
  prepare?(app: App, root: string, folder: string): void
}

/** Packages whose install scripts may run: pnpm asks for each, and fails as long as it has no answer. */
const mayBuild = ['esbuild', 'node', '@swc/core', '@parcel/watcher']

export const managers: readonly Manager[] = [
  { name: 'npm', install: ['npm', 'install', '--no-audit', '--no-fund'], exec: ['npx', '--no'] },
  {
    name: 'pnpm',
    install: ['pnpm', 'install'],
    exec: ['pnpm', 'exec'],
    prepare({ name }, root, folder) {
      const allowed = mayBuild.map((name) => `  '${name}': true\n`).join('')
      const isMonorepo = name === 'monorepo'
      const packages = isMonorepo ? 'packages:\n  - packages/*\n' : ''
      writeFileSync(join(isMonorepo ? root : folder, 'pnpm-workspace.yaml'), `${packages}allowBuilds:\n${allowed}`)
    },
  },
  {
    name: 'yarn',
    install: ['yarn', 'install'],
    exec: ['yarn', 'run'],
    // For Yarn 2 and later: Plug'n'Play has no folders in which esbuild and the engines could be found.
    prepare({ name }, root, folder) {
      const settings = 'nodeLinker: node-modules\nenableImmutableInstalls: false\nenableScripts: true\n'
      writeFileSync(join(name === 'monorepo' ? root : folder, '.yarnrc.yml'), settings)
    },
  },
]
