import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { AssetHashType } from 'aws-cdk-lib'
import { type AssetCode, Code, Runtime } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { BuildOptions } from 'esbuild'
import { ConfigError } from './config-error.ts'
import { ownModule, packageRoot } from './paths.ts'
import type { Stage } from './stage-config.ts'
import { tracingModule } from './tracing.ts'

/** The functions' folders under `functions/`. The `lambda.ts` of each exports `handler`. */
const entries = [
  'api',
  'relay',
  'relay-ordered',
  'consume',
  'sweep',
  'schedule',
  'reconcile',
  'circuit-breaker',
] as const
export type Entry = (typeof entries)[number]

const entryPoint = (entry: Entry) => ownModule('functions', entry, 'lambda')

/** The code of a function: one file with the SDK in it. To load the SDK of the runtime costs a cold start 300 to 400 ms more. */
export function codeOf(stage: Stage, entry: Entry): AssetCode {
  return Code.fromAsset(dirname(entryPoint(entry)), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // The CDK never runs them. It takes bundles of one directory with the same command for the same bundle.
      image: Runtime.NODEJS_24_X.bundlingImage,
      command: ['esbuild', JSON.stringify(optionsOf(stage))],
      local: {
        tryBundle(directory) {
          writeFileSync(join(directory, 'index.mjs'), bundlesOf(stage)[entry])
          return true
        },
      },
    },
  })
}

/**
 * Describes the bundle of a function in the assembly, with the options of esbuild's JavaScript API. The local stack reads
 * them to bundle the code again when a source changes. The template does not contain them.
 */
export function describeBundle(scope: Construct, stage: Stage, functionName: string, entry: Entry): void {
  scope.node.addMetadata('outbox:bundle', {
    functionName,
    esbuild: { entryPoints: [entryPoint(entry)], ...optionsOf(stage) },
  })
}

/** How each function is bundled, apart from being minified. */
export const optionsOf = (stage: Stage) =>
  ({
    absWorkingDir: bundlingRoot(),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    // Some dependencies are CommonJS and call require for Node's own modules; an ES module has no require.
    banner: { js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);" },
    // An application that is compiled to CommonJS names its module with `__filename`; an ES module has neither of these.
    define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' },
    alias: aliasOf(stage),
  }) satisfies BuildOptions

const aliasOf = ({ modules, config }: Stage): Record<string, string> => ({
  '#app/application': modules.application,
  '#app/routes': modules.routes,
  '#tracing': tracingModule(config),
  // 95 KB less to load: a function has its credentials in the environment and needs no chain of other providers.
  '@aws-sdk/credential-provider-node': ownModule('functions', 'aws', 'credentials'),
})

/** The directory in which esbuild runs: this repository, if the app runs from its source. */
const bundlingRoot = () => (existsSync(join(packageRoot, 'package-lock.json')) ? packageRoot : process.cwd())

type Bundles = Readonly<Record<Entry, Uint8Array>>
const known = new WeakMap<Stage, Bundles>()

/** The bundles of all entries. They share most of their sources, so esbuild makes them together, once. */
function bundlesOf(stage: Stage): Bundles {
  const bundles = known.get(stage) ?? build(stage)
  known.set(stage, bundles)
  return bundles
}

function build(stage: Stage): Bundles {
  const { outputFiles } = esbuild().buildSync({
    ...optionsOf(stage),
    // Not keepNames: it calls defineProperty for each inner function that is created, 5 % of all CPU time.
    minify: true,
    logLevel: 'warning',
    entryPoints: Object.fromEntries(entries.map((entry) => [entry, entryPoint(entry)])),
    outdir: 'bundles',
    write: false,
  })
  return Object.fromEntries(outputFiles.map(({ path, contents }) => [basename(path, '.js'), contents])) as Bundles
}

/** An app that only imports the construct, or synthesizes without bundles, needs no esbuild. */
function esbuild(): typeof import('esbuild') {
  try {
    return createRequire(import.meta.filename)('esbuild')
  } catch {
    throw new ConfigError('esbuild bundles the functions and is not installed: run npm install --save-dev esbuild')
  }
}
