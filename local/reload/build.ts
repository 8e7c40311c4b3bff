import { relative, resolve } from 'node:path'
import { type BuildFailure, context, type OutputFile } from 'esbuild'
import type { Bundles } from './bundles.ts'
import { isDependency, writtenAt } from './files.ts'

/** Bundles that esbuild keeps in memory half-built, so that building them again takes a fraction of the time. */
export interface Build {
  /** The sources that changed since the last build began, dependencies left out. */
  changed(): string[]
  run(): Promise<Built>
  dispose(): Promise<void>
}

/** The functions whose code is not what it was, with the files to write; or in one line why there is no code. */
export type Built =
  | { readonly ok: true; readonly functionNames: readonly string[]; readonly files: readonly OutputFile[] }
  | { readonly ok: false; readonly problem: string }

/** Readable, unlike what is deployed: for stack traces and a debugger. */
const readable = { minify: false, sourcemap: 'linked', sourcesContent: false } as const

export async function createBuild({ options, entries }: Bundles, assemblyDir: string): Promise<Build> {
  const root = resolve(options.absWorkingDir ?? '.')
  const esbuild = await context({
    ...options,
    ...readable,
    entryPoints: Object.fromEntries(entries.map(({ source, target }) => [relative(assemblyDir, target), source])),
    outdir: assemblyDir,
    outExtension: { '.js': '.mjs' },
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const hashes = new Map<string, string>()
  let sources = new Map<string, number>()

  function readSources(inputs: readonly string[], began: number): void {
    // A new source may have been written after esbuild read it: its time is not known better than `began`.
    const at = (file: string) => sources.get(file) ?? Math.min(writtenAt(file), began)
    const files = inputs.map((input) => resolve(root, input)).filter((file) => !isDependency(file))
    sources = new Map(files.map((file) => [file, at(file)]))
  }

  function settle(outputs: readonly OutputFile[]) {
    const fresh = outputs.filter(({ path, hash }) => path.endsWith('.mjs') && hashes.get(path) !== hash)
    for (const { path, hash } of fresh) hashes.set(path, hash)
    const targets = new Set(fresh.map(({ path }) => path.slice(0, -'.mjs'.length)))
    const functionNames = entries.filter(({ target }) => targets.has(target)).map(({ functionName }) => functionName)
    return { ok: true, functionNames, files: outputs } as const
  }

  return {
    changed: () => [...sources].filter(([file, at]) => writtenAt(file) !== at).map(([file]) => file),
    async run() {
      const began = Date.now()
      for (const file of sources.keys()) sources.set(file, writtenAt(file))
      const result = await esbuild.rebuild().catch((error: BuildFailure) => error)
      if (!('outputFiles' in result)) return { ok: false, problem: problemOf(result) }
      readSources(Object.keys(result.metafile.inputs), began)
      return settle(result.outputFiles)
    },
    dispose: () => esbuild.dispose(),
  }
}

/** `app/jobs/send-receipt.ts:12:5: Expected ")" but found "}"` */
function problemOf(failure: BuildFailure): string {
  const [first] = failure.errors ?? []
  if (!first) return String(failure.message)
  const { location, text } = first
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text
}
