import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { ownModule, packageRoot } from './paths.ts'
import type { Stage } from './stage-config.ts'

/** One file per function with the SDK in it: to load the SDK of the runtime costs a cold start 300 to 400 ms more. */
export const bundlingOf = ({ modules }: Stage): BundlingOptions => ({
  format: OutputFormat.ESM,
  target: 'node24',
  // Not keepNames: it calls defineProperty for each inner function that is created, 5 % of all CPU time.
  minify: true,
  logLevel: LogLevel.WARNING,
  mainFields: ['module', 'main'],
  externalModules: [],
  // Some dependencies are CommonJS and call require for Node's own modules; an ES module has no require.
  banner: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);",
  esbuildArgs: {
    '--alias:#app/application': modules.application,
    '--alias:#app/routes': modules.routes,
    // 95 KB less to load: a function has its credentials in the environment and needs no chain of other providers.
    '--alias:@aws-sdk/credential-provider-node': ownModule('functions', 'aws', 'credentials'),
  },
})

/**
 * The directory in which esbuild looks for dependencies: this repository, if the app runs from its source. In an
 * adopter's project the default of the CDK is right, which uses the lock file above the app.
 */
export function bundlingRoot(): { projectRoot?: string; depsLockFilePath?: string } {
  const lock = join(packageRoot, 'package-lock.json')
  return existsSync(lock) ? { projectRoot: packageRoot, depsLockFilePath: lock } : {}
}
