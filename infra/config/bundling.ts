import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { Construct } from 'constructs'
import { ownModule, packageRoot } from './paths.ts'
import type { Stage } from './stage-config.ts'
import { tracingModule } from './tracing.ts'

const target = 'node24'
const mainFields = ['module', 'main']
/** Some dependencies are CommonJS and call require for Node's own modules; an ES module has no require. */
const banner = "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);"

const aliasOf = ({ modules, config }: Stage): Record<string, string> => ({
  '#app/application': modules.application,
  '#app/routes': modules.routes,
  '#tracing': tracingModule(config),
  // 95 KB less to load: a function has its credentials in the environment and needs no chain of other providers.
  '@aws-sdk/credential-provider-node': ownModule('functions', 'aws', 'credentials'),
})

/** One file per function with the SDK in it: to load the SDK of the runtime costs a cold start 300 to 400 ms more. */
export const bundlingOf = (stage: Stage): BundlingOptions => ({
  format: OutputFormat.ESM,
  target,
  // Not keepNames: it calls defineProperty for each inner function that is created, 5 % of all CPU time.
  minify: true,
  logLevel: LogLevel.WARNING,
  mainFields,
  externalModules: [],
  banner,
  esbuildArgs: Object.fromEntries(Object.entries(aliasOf(stage)).map(([name, path]) => [`--alias:${name}`, path])),
})

/**
 * Describes the bundle of a function in the assembly, with the options of esbuild's JavaScript API. The local stack reads
 * them to bundle the code again when a source changes. The template does not contain them.
 */
export function describeBundle(scope: Construct, stage: Stage, functionName: string, entry: string): void {
  scope.node.addMetadata('outbox:bundle', {
    functionName,
    esbuild: {
      entryPoints: [entry],
      absWorkingDir: bundlingRoot().projectRoot ?? process.cwd(),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target,
      mainFields,
      banner: { js: banner },
      alias: aliasOf(stage),
    },
  })
}

/**
 * The directory in which esbuild looks for dependencies: this repository, if the app runs from its source. In an
 * adopter's project the default of the CDK is right, which uses the lock file above the app.
 */
export function bundlingRoot(): { projectRoot?: string; depsLockFilePath?: string } {
  const lock = join(packageRoot, 'package-lock.json')
  return existsSync(lock) ? { projectRoot: packageRoot, depsLockFilePath: lock } : {}
}
