import { execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import consolePackage from '../../../console/package.json' with { type: 'json' }
import localPackage from '../../../local/package.json' with { type: 'json' }
import packageJson from '../../../package.json' with { type: 'json' }

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')

/** What the package brings inside its bundles: an adopter has not installed it. */
const bundled = new Set(
  Object.keys({ ...consolePackage.dependencies, ...localPackage.dependencies, '@outbox-relay': '' }).filter(
    (name) => !Object.hasOwn({ ...packageJson.dependencies, ...packageJson.peerDependencies }, name),
  ),
)

export interface Installed {
  /** The example app, with the package in its node_modules as npm would unpack it. */
  readonly app: string
  /** The package. */
  readonly home: string
  readonly packed: { readonly size: number; readonly files: readonly { readonly path: string }[] }
  remove(): Promise<void>
}

/**
 * Packs the package and puts it into a copy of an example, whose other dependencies are those of this repository: by
 * links, since downloading them would be most of the test's time.
 */
export async function installedInExample(example: string): Promise<Installed> {
  const directory = await mkdtemp(join(tmpdir(), 'outbox-package-'))
  const { stdout } = await run(
    process.execPath,
    ['tools/package/pack.ts', '--json', '--silent', '--pack-destination', directory],
    { cwd: root },
  )
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  const app = join(directory, 'app')
  const home = join(app, 'node_modules/outbox-relay')
  await cp(join(root, 'examples', example), app, { recursive: true })
  await mkdir(home, { recursive: true })
  await run('tar', ['xzf', join(directory, packed.filename), '-C', home, '--strip-components', '1'])
  for (const name of (await readdir(join(root, 'node_modules'))).filter((name) => !bundled.has(name)))
    await symlink(join(root, 'node_modules', name), join(app, 'node_modules', name))
  // What `npm install` writes; the CDK looks for it in order to find the root of the app.
  await writeFile(join(app, 'package-lock.json'), '{}')
  return { app, home, packed, remove: () => rm(directory, { recursive: true, force: true }) }
}

/** Runs a program of the app's node_modules to its end; rejects with what it printed when that is no success. */
export async function runInApp({ app }: Installed, program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(join(app, 'node_modules/.bin', program), [...args], { cwd: app })
  return stdout
}

const bin = ({ home }: Installed) => join(home, 'console/cli/main.mjs')

/** `npx outbox …` */
export async function outbox(installed: Installed, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [bin(installed), ...args], { cwd: installed.app })
  return stdout
}

export interface Running {
  /** The first group of a pattern in what it printed. Rejects when it ends before that. */
  printed(pattern: RegExp): Promise<string>
  stop(): Promise<void>
}

/** `npx outbox …`, for what runs until it is stopped. */
export function outboxRunning(installed: Installed, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const path = `${join(installed.app, 'node_modules/.bin')}:${process.env.PATH}`
  const child = spawn(process.execPath, [bin(installed), ...args], {
    cwd: installed.app,
    env: { ...process.env, PATH: path, ...env },
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk
  }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', keep)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const printed = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output)?.[1]
        if (found !== undefined) resolve(found)
      }
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
      void ended.then(() => reject(new Error(`outbox ${args.join(' ')} ended:\n${output}`)))
      look()
    })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { printed, stop }
}
