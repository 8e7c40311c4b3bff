import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'
import { readMetadata } from '../command/synthesize.ts'
import type { StackModel } from '../model.ts'

/** Type of the metadata with which a construct describes the bundle of a function. */
const BUNDLE = 'outbox:bundle'

interface Description {
  readonly functionName: string
  /** In the words of esbuild's JavaScript API, with one entry point. */
  readonly esbuild: BuildOptions & { readonly entryPoints: readonly [string] }
}

/** Functions that are built together, because nothing but the entry point differs: shared sources are then read once. */
export interface Bundles {
  readonly options: BuildOptions
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly functionName: string
  readonly source: string
  /** Where the function's process loads its code from, without the extension: `<asset>/index`. */
  readonly target: string
}

/** The bundles of an assembly. A function whose construct describes none is not in the result, and keeps its code. */
export function readBundles(assemblyDir: string, { stackName, functions }: StackModel): Bundles[] {
  const descriptions = readMetadata(assemblyDir, stackName, BUNDLE) as Description[]
  const entries = descriptions.flatMap(({ functionName, esbuild: { entryPoints, ...options } }) =>
    functions
      .filter(({ name }) => name === functionName)
      .map(({ codeDir, handler }) => ({
        options,
        entry: { functionName, source: entryPoints[0], target: join(codeDir, handler.replace(/\.[^.]*$/, '')) },
      })),
  )
  const groups = Map.groupBy(entries, ({ options }) => JSON.stringify(options))
  return [...groups.values()].map((group) => ({ options: group[0]!.options, entries: group.map(({ entry }) => entry) }))
}
