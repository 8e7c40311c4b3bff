/** Data flows one way: who may import whom, and where AWS and the environment may be seen at all. */
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folders = ['shared', 'app', 'functions', 'infra', 'local', 'console', 'exports', 'tools', 'examples']
const files = folders
  .flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,tsx,js,mjs}`, { cwd: root, exclude: ['**/node_modules', '**/dist'] }),
  )
  .sort()

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const packageOf = (folder: string) => JSON.parse(textOf(join(folder, 'package.json'))) as Package
const rootPackage = packageOf('.')
const optional = rootPackage.peerDependencies ?? {}
/** The web console and its build: an installed package has it built. */
const isBuilt = (file: string) => /^console\/(web|build-)/.test(file)

const infra = [
  /^infra\//,
  /^shared\/(define\/(application|lane|schedule|errors)|lib\/(names|lifetimes))\.ts$/,
  // Who may call the routes: for the gateway and the policies.
  /^functions\/api\/(access|routes)\.ts$/,
  /^aws-cdk-lib(\/|$)/,
  /^constructs$/,
  /^cdk-nag$/,
  /^esbuild$/,
  /^zod$/,
  /^cdk\.json$/,
]

/** A package from the registry. */
const library =
  /^(?!(app|shared|functions|infra|local|console|exports|tools|test|docs|examples)\/|(package|cdk)\.json|\.)/

/** What a folder may import: folders and files of the project by path, packages by name. Node's own modules are free to all. */
const allowed: Readonly<Record<string, readonly RegExp[]>> = {
  shared: [/^shared\//, /^zod$/],
  // As an adopter writes it: the package by its name.
  app: [/^app\//, /^outbox-relay(\/routes)?$/, /^zod$/],
  functions: [
    /^functions\//,
    // Whichever application is bundled: this one here, the adopter's in theirs.
    /^#app\/(application|routes)$/,
    // Tracing is on or off by the stage.
    /^#tracing$/,
    /^shared\//,
    /^zod$/,
    /^@aws-sdk\//,
    /^@aws-lambda-powertools\//,
    /^aws-lambda$/,
  ],
  infra,
  // Bundled only where a stage exports its traces.
  'functions/aws/tracing': [/^functions\//, /^shared\//, /^@opentelemetry\//],
  // Only the stack of this repository knows the sample business; the construct takes any.
  'infra/stack': [...infra, /^app\/application\.ts$/],
  local: [/^local\//, library],
  console: [
    /^console\//,
    /^functions\/api\/.*(schema|openapi)[^/]*\.ts$/,
    library,
    // Neither sends what is meant for this machine to a proxy.
    /^local\/loopback\.ts$/,
    // The manual page that the build puts into the web console, and the version that `outbox --version` prints.
    /^docs\/operations\.md$/,
    /^package\.json$/,
  ],
  // So that the fakes have the alarms of the stack and no others.
  'console/test/support/product-alarms': [/^infra\/monitoring\/alarm(s|-values)\.ts$/],
  // What the package shows of itself: nothing but names of what is elsewhere.
  exports: [/^shared\//, /^functions\/(api|client)\//, /^infra\//],
  // The state diagram is drawn from the table of transitions.
  'tools/state-diagram': [/^tools\//, /^shared\/execution\/effect/],
  tools: [/^tools\//, /^(console|local)\//, /^(package|cdk)\.json$/, /^@aws-sdk\//, /^esbuild$/],
  // Like any adopter's: the package by its name, and what they install themselves.
  examples: [/^examples\//, /^outbox-relay(\/|$)/, /^aws-cdk-lib(\/|$)/, /^(aws-lambda|cdk-nag|constructs|zod)$/],
}

/** Packages that know AWS or the process stay at the edge. */
const edges: readonly { readonly what: string; readonly pattern: RegExp; readonly where: RegExp }[] = [
  { what: 'the AWS SDK', pattern: /['"]@aws-sdk\//, where: /^(functions\/aws|infra|local|console|tools)\// },
  { what: 'process.env', pattern: /\bprocess\.env\b/, where: /^(functions\/aws|infra|local|console|tools|examples)\// },
  { what: 'the clock', pattern: /\bDate\.now\(\)|new Date\(\)/, where: /^(functions|infra|local|console|tools)\// },
  {
    what: 'chance',
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/,
    where: /^(functions|infra|local|console|tools|examples)\//,
  },
]

/** The folder of the table that a file is in; the inner one of two. */
function folderOf(file: string): string | undefined {
  const holding = Object.keys(allowed).filter((folder) => file === `${folder}.ts` || file.startsWith(`${folder}/`))
  return holding.sort((a, b) => b.length - a.length)[0]
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** What a file imports, as paths from the root or names of packages; not what its comments talk of. */
function importsOf(file: string): string[] {
  const code = withoutComments(textOf(file))
  const specifiers = [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)['"]([^'"\n]+)['"]/g)].map(
    (m) => m[1] ?? '',
  )
  return specifiers
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name))
}

/** The names of the packages that a file imports: `preact` for `preact/hooks`. */
function importedPackages(file: string): string[] {
  return importsOf(file)
    .filter((name) => library.test(name) && !name.startsWith('#'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

describe('imports', () => {
  it('are looked for where the code is', () => {
    for (const folder of ['shared', 'app', 'functions', 'infra', 'local']) {
      expect(files.filter((file) => file.startsWith(`${folder}/`)).length, folder).toBeGreaterThan(5)
    }
    expect(importsOf('shared/outbox/plan.ts')).toContain('shared/define/record.ts')
    expect(importsOf('functions/aws/store.ts')).toContain('@aws-sdk/client-dynamodb')
  })

  it.each(Object.entries(allowed))('of %s stay within its table', (folder, patterns) => {
    const strays = files
      .filter((file) => folderOf(file) === folder)
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => !patterns.some((pattern) => pattern.test(name)))
          .map((name) => `${file} imports ${name}`),
      )
    expect(strays).toEqual([])
  })

  it.each(['local', 'console'])('of the workspace %s are declared in its package.json', (folder) => {
    const { dependencies = {}, devDependencies = {} } = packageOf(folder)
    const strays = files
      .filter((file) => file.startsWith(`${folder}/`) && !file.startsWith(`${folder}/test/`))
      .flatMap((file) => {
        const declared = isBuilt(file) ? { ...dependencies, ...devDependencies } : { ...dependencies, ...optional }
        return importedPackages(file)
          .filter((name) => !Object.hasOwn(declared, name))
          .map((name) => `${file} imports ${name}`)
      })
    expect(strays).toEqual([])
  })

  it('of the library are declared in the root package.json, and no other dependency is', () => {
    // Only the app of this repository is checked by cdk-nag.
    const published = files.filter((file) => /^(exports|functions|infra(?!\/create-app)|shared)\//.test(file))
    // It has nothing but types, which no declaration of the package names (test/package/own-cdk-app.test.ts).
    const imported = new Set(published.flatMap(importedPackages).filter((name) => name !== 'aws-lambda'))
    const declared = Object.keys(rootPackage.dependencies ?? {})
    expect(declared.length).toBeLessThanOrEqual(10)
    expect([...imported].filter((name) => !declared.includes(name) && !Object.hasOwn(optional, name))).toEqual([])
    expect(declared.filter((name) => !imported.has(name))).toEqual([])
  })

  it.each(edges)('$what is seen only where it belongs', ({ pattern, where }) => {
    const strays = files.filter((file) => !where.test(file) && pattern.test(withoutComments(textOf(file))))
    expect(strays).toEqual([])
  })

  it('take zod as a namespace: `import { z }` brings all its languages into every bundle, some 370 KB', () => {
    const bundled = files.filter((file) => /^(shared|app|functions)\//.test(file))
    expect(bundled.filter((file) => /import \{[^}]*\} from 'zod'/.test(runtimeImports(file)))).toEqual([])
  })
})

/** The text of a file without what types alone need. */
function runtimeImports(file: string): string {
  return withoutComments(textOf(file)).replace(/^import type .*$/gm, '')
}
