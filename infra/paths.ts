import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the package, whose folders are the same as source and as shipped. */
const root = join(import.meta.dirname, '..')

/** A module of the package: `.ts` as source, `.js` as shipped. */
export function ownModule(...path: string[]): string {
  return join(root, ...path) + extname(import.meta.filename)
}

/** A module of the application, given by its path or `file:` URL. */
export function pathOf(module: string): string {
  return module.startsWith('file:') ? fileURLToPath(module) : module
}

/**
 * Where dependencies are looked for while functions are bundled: in this repository, wherever the app is started from.
 * Installed in somebody else's project, the CDK's own way is right, which goes by the lock file above the app.
 */
export function bundlingRoot(): { projectRoot?: string; depsLockFilePath?: string } {
  const lock = join(root, 'package-lock.json')
  return existsSync(lock) ? { projectRoot: root, depsLockFilePath: lock } : {}
}
