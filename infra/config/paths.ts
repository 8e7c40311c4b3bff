import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the package. Its folders are the same as source and as shipped. */
export const packageRoot = join(import.meta.dirname, '../..')

/** A module of the package: `.ts` as source, `.js` as shipped. */
export function ownModule(...path: string[]): string {
  return join(packageRoot, ...path) + extname(import.meta.filename)
}

/** Converts the path or `file:` URL of a module of the application to a path. */
export function pathOf(module: string): string {
  return module.startsWith('file:') ? fileURLToPath(module) : module
}
