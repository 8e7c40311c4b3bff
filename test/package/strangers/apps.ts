/** Apps of adopters, without anything of this repository: each is made in an empty folder, and gets the outbox as docs/library.md says. */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../../package.json' with { type: 'json' }

export interface App {
  readonly name: string
  readonly isCommonJs: boolean
  /** Makes the app below a folder. Returns the folder of the CDK app, in which its owner works. */
  create(root: string, tarball: string): string
}

/** Older compilers, next to that of the app. */
export const compilers = { 'typescript-5.4': '5.4', 'typescript-5.9': '5.9', typescript: '7' } as const

const engines = Object.fromEntries(
  Object.entries(packageJson.peerDependencies).filter(([name]) =>
    ['fauxqs', 'amplify-dynamodb-simulator'].includes(name),
  ),
)

function dependencies(tarball: string) {
  return {
    dependencies: { 'outbox-relay': `file:${tarball}`, zod: packageJson.peerDependencies.zod },
    devDependencies: {
      ...engines,
      esbuild: packageJson.peerDependencies.esbuild,
      node: packageJson.devDependencies.node,
      'typescript-5.4': 'npm:typescript@~5.4.2',
      'typescript-5.9': 'npm:typescript@~5.9.2',
    },
  }
}

const {
  'aws-cdk': cdk,
  'aws-cdk-lib': cdkLib,
  constructs,
  typescript,
  '@types/node': typesNode,
} = packageJson.devDependencies

/** What `cdk init` makes: CommonJS, imports without extensions. */
const cdkInit: App = {
  name: 'cdk init',
  isCommonJs: true,
  create(root, tarball) {
    const folder = join(root, 'shop')
    mkdirSync(folder)
    const command = join(import.meta.dirname, '../../../node_modules/.bin/cdk')
    execFileSync(command, ['init', 'app', '--language', 'typescript', '--generate-only'], {
      cwd: folder,
      stdio: 'ignore',
    })
    cpSync(join(import.meta.dirname, 'app'), folder, { recursive: true })
    const made = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const added = dependencies(tarball)
    write(folder, 'package.json', {
      ...made,
      dependencies: { ...made.dependencies, ...added.dependencies },
      devDependencies: { ...made.devDependencies, ...added.devDependencies },
    })
    return folder
  },
}

/** The same app as ES modules that Node runs as they are. */
const esModule: App = {
  name: 'ES module',
  isCommonJs: false,
  create(root, tarball) {
    const folder = join(root, 'shop')
    const app = join(import.meta.dirname, 'app')
    for (const file of globSync('**/*.ts', { cwd: app })) {
      mkdirSync(join(folder, file, '..'), { recursive: true })
      writeFileSync(join(folder, file), asEsModule(readFileSync(join(app, file), 'utf8')))
    }
    mkdirSync(join(folder, 'bin'))
    writeFileSync(
      join(folder, 'bin/shop.ts'),
      "import { App } from 'aws-cdk-lib'\nimport { ShopStack } from '../lib/shop-stack.ts'\n\nnew ShopStack(new App(), 'ShopStack')\n",
    )
    const added = dependencies(tarball)
    write(folder, 'cdk.json', { app: 'node bin/shop.ts' })
    write(folder, 'package.json', {
      name: 'shop',
      private: true,
      type: 'module',
      dependencies: { ...added.dependencies, 'aws-cdk-lib': cdkLib, constructs },
      devDependencies: { ...added.devDependencies, 'aws-cdk': cdk, typescript, '@types/node': typesNode },
    })
    return folder
  },
}

/** Other spellings, and the bundle of the function that commits is an ES module too, as docs/library.md says. */
function asEsModule(text: string): string {
  return text
    .replace('import { NodejsFunction }', 'import { NodejsFunction, OutputFormat }')
    .replace(
      'runtime: Runtime.NODEJS_24_X,',
      "$& bundling: { format: OutputFormat.ESM, mainFields: ['module', 'main'], externalModules: [] },",
    )
    .replace(/from '(\.[^']+)'/g, "from '$1.ts'")
    .replaceAll('__filename', 'import.meta.url')
    .replaceAll('__dirname', 'import.meta.dirname')
}

/** That app in a repository with several packages: the lock file, and most of what is installed, is above it. */
const monorepo: App = {
  name: 'monorepo',
  isCommonJs: false,
  create(root, tarball) {
    const packages = join(root, 'packages')
    mkdirSync(packages)
    write(root, 'package.json', { name: 'all', version: '1.0.0', private: true, workspaces: ['packages/*'] })
    return esModule.create(packages, tarball)
  },
}

export const apps: readonly App[] = [cdkInit, esModule, monorepo]

function write(folder: string, file: string, content: object): void {
  writeFileSync(join(folder, file), `${JSON.stringify(content, undefined, 2)}\n`)
}
