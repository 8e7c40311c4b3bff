/** Applications that a compiler made CommonJS modules, as `cdk init` has them, in the functions: these are ES modules. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'
import { optionsOf } from '../../infra/config/bundling.ts'
import { stageFrom } from '../../infra/config/config.ts'

const run = promisify(execFile)
const directory = mkdtempSync(join(tmpdir(), 'outbox-commonjs-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The application that the functions get of a module, as the bundler and Node read it. */
async function applicationOf(file: string, code: string) {
  const application = join(directory, file)
  writeFileSync(application, code)
  const outfile = join(directory, `${file}.mjs`)
  const modules = { application, routes: application }
  const entryPoints = [join(import.meta.dirname, '../../functions/application.ts')]
  await build({
    ...optionsOf({ ...stageFrom({ stage: 'dev', mailSender: 'none', alarmEmail: 'none' }), modules }),
    entryPoints,
    outfile,
  })
  // In a process of its own: the test runner gives modules a `__filename`.
  const script = `console.log(JSON.stringify((await import(${JSON.stringify(outfile)})).application))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout)
}

describe('an application in the functions', () => {
  it.each([
    ['TypeScript that names its module with __filename', 'a.ts', 'export default { module: __filename, jobs: [1] }'],
    ['TypeScript with import.meta.url', 'b.ts', 'export default { module: import.meta.url, jobs: [1] }'],
    [
      'what a compiler made of it',
      'c.js',
      'Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = { module: __filename, jobs: [1] }',
    ],
    ['CommonJS by hand', 'd.cjs', 'module.exports = { module: __filename, jobs: [1] }'],
  ])('of %s is the one that the module exports', async (_, file, code) => {
    expect(await applicationOf(file, code)).toEqual({ module: expect.stringContaining(file), jobs: [1] })
  })
})
