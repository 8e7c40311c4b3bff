/** What compilers say of an app, with the declarations of its libraries checked as well. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type App, compilers } from './apps.ts'
import { start } from './program.ts'

/** `node10` is that of apps which `cdk init` made before 2026. TypeScript 7 does not have it. */
const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node10: { module: 'commonjs', moduleResolution: 'node10' },
} as const

export interface TypeCheck {
  /** `7 bundler` */
  readonly name: string
  /** Errors in the app, or in the declarations of the package. */
  readonly errors: readonly string[]
  /** Errors in the declarations of other packages. */
  readonly elsewhere: number
}

export async function typeChecks(app: App, folder: string, env: NodeJS.ProcessEnv): Promise<TypeCheck[]> {
  const checks: TypeCheck[] = []
  for (const [name, version] of Object.entries(compilers))
    for (const [resolution, settings] of Object.entries(resolutions))
      if (resolution !== 'node10' || (app.isCommonJs && version !== '7'))
        checks.push({ name: `${version} ${resolution}`, ...(await check(app, folder, env, name, settings)) })
  return checks
}

async function check(app: App, folder: string, env: NodeJS.ProcessEnv, compiler: string, settings: object) {
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: ['node'],
    ...(app.isCommonJs ? {} : { allowImportingTsExtensions: true }),
    ...settings,
  }
  writeFileSync(
    join(folder, 'tsconfig.check.json'),
    JSON.stringify({ compilerOptions, include: ['bin', 'lib', 'lambda'] }),
  )
  const tsc = [folder, join(folder, '../..')]
    .map((at) => join(at, 'node_modules', compiler, 'bin/tsc'))
    .find(existsSync)
  const program = start(['node', tsc ?? compiler, '-p', 'tsconfig.check.json', '--pretty', 'false'], folder, env)
  const output = await program.done().catch(() => program.output())
  const lines = output.split('\n').filter((line) => /error TS\d+/.test(line))
  const errors = lines.filter((line) => !/^[^(]*node_modules\//.test(line) || /^[^(]*outbox-relay/.test(line))
  return { errors, elsewhere: lines.length - errors.length }
}
