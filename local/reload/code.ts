import { renameSync, writeFileSync } from 'node:fs'
import { type Build, createBuild } from './build.ts'
import type { Bundles } from './bundles.ts'

/** The code of all functions, as their sources are now. */
export interface Code {
  /** The sources that changed since they were bundled. */
  changed(): string[]
  /** Whether the last try failed. */
  failed(): boolean
  /** Bundles what changed or failed, and writes the code of all those functions, or of none. */
  update(): Promise<Updated>
  dispose(): Promise<void>
}

/** The functions that have new code, or in one line why none has. */
export type Updated =
  | { readonly ok: true; readonly functionNames: readonly string[] }
  | { readonly ok: false; readonly problem: string }

export async function openCode(bundles: readonly Bundles[], assemblyDir: string): Promise<Code> {
  const builds = await Promise.all(bundles.map((each) => createBuild(each, assemblyDir)))
  let due: readonly Build[] = builds

  return {
    changed: () => [...new Set(builds.flatMap((build) => build.changed()))],
    failed: () => due.length > 0,
    async update() {
      due = builds.filter((build) => due.includes(build) || build.changed().length > 0)
      const built = await Promise.all(due.map((build) => build.run()))
      const failure = built.find(({ ok }) => !ok)
      if (failure && !failure.ok) return failure
      due = []
      const done = built.filter((each) => each.ok)
      for (const { path, contents } of done.flatMap(({ files }) => files)) writeAtOnce(path, contents)
      return { ok: true, functionNames: done.flatMap(({ functionNames }) => functionNames) }
    },
    async dispose() {
      await Promise.all(builds.map((build) => build.dispose()))
    },
  }
}

/** A process that starts meanwhile loads what was there or what is there now. */
function writeAtOnce(path: string, contents: Uint8Array): void {
  writeFileSync(`${path}.new`, contents)
  renameSync(`${path}.new`, path)
}
