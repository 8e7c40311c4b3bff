import { readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'

/** When a file was written last; 0 for one that is not there. */
export function writtenAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

export function isDependency(file: string): boolean {
  return file.split(sep).includes('node_modules')
}

/** Tells which files below the paths were written, added or removed since it was asked last. A path may be a file itself. */
export function watchFiles(paths: readonly string[]): { changed(): string[] } {
  const read = () => new Map(paths.flatMap(filesBelow).map((file) => [file, writtenAt(file)]))
  let seen = read()
  return {
    changed() {
      const before = seen
      seen = read()
      return [...new Set([...before.keys(), ...seen.keys()])].filter((file) => before.get(file) !== seen.get(file))
    },
  }
}

function filesBelow(path: string): string[] {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (!entry?.isDirectory()) return entry ? [path] : []
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap(({ name }) => filesBelow(join(path, name)))
}
