import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startReload } from '../../reload/reload.ts'
import type { Functions } from '../../types.ts'
import { functionOf, startFunctions } from './functions.ts'
import { updateAssembly } from './template.ts'
import { temporaryDir } from './with-stack.ts'

export interface Reloading {
  readonly functions: Functions
  readonly lines: readonly string[]
  /** Writes a source below the app's directory, as an editor does. */
  write(file: string, text: string): void
  /** Writes the template that the app synthesizes from now on. */
  synthesizes(resources: Readonly<Record<string, object>>): void
}

/** The functions `one` and `two`, bundled from `one.ts` and `two.ts` of the given sources, which reload. */
export async function reloading(sources: Readonly<Record<string, string>>): Promise<Reloading> {
  const dir = temporaryDir()
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), text)
  }
  for (const [file, text] of Object.entries(sources)) write(file, text)
  const names = ['one', 'two']
  const functions = startFunctions(
    names.map((name) => functionOf(name, '', { codeDir: join(dir, 'assembly', `asset.${name}`) })),
  )
  const model = { ...functions.model, stackName: 'Test' }
  const next = { assemblyDir: join(dir, 'next'), stackName: 'Test' }
  const synthesizes = (resources: Readonly<Record<string, object>>) => updateAssembly(next, { resources })

  mkdirSync(next.assemblyDir)
  const metadata = names.map((functionName) => ({
    type: 'outbox:bundle',
    data: { functionName, esbuild: { ...bundle, absWorkingDir: dir, entryPoints: [join(dir, `${functionName}.ts`)] } },
  }))
  const artifacts = { Test: { type: 'aws:cloudformation:stack', metadata: { '/Test': metadata } } }
  write('next/manifest.json', JSON.stringify({ artifacts }))
  synthesizes({})
  cpSync(next.assemblyDir, join(dir, 'assembly'), { recursive: true })
  for (const { codeDir } of model.functions) mkdirSync(codeDir)

  const app = `"${process.execPath}" -e "fs.cpSync('${next.assemblyDir}', process.env.CDK_OUTDIR, { recursive: true })"`
  const lines: string[] = []
  const reload = await startReload({
    settings: { app, context: {}, port: 0, awsPort: 0, dataDir: dir, files: [], watch: [join(dir, 'infra')] },
    assemblyDir: join(dir, 'assembly'),
    stack: { model, replaceProcesses: functions.replaceProcesses },
    log: (_, line) => void lines.push(line),
  })
  onTestFinished(() => reload.stop())
  return { functions, lines, write, synthesizes }
}

const bundle = { bundle: true, platform: 'node', format: 'esm', target: 'node24' }
