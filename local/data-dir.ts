import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface DataDir {
  /** Absolute. */
  readonly path: string
  release(): void
}

const SQLITE_BUSY = 5

/**
 * Takes the directory for one stack alone. The lock is SQLite's on a file: the system takes it away when its process
 * ends, however it ends, so the lock of a stack that was killed is free, and a pid that was given to a stranger since
 * does not matter. Throws one readable line when the directory cannot be had.
 */
export function takeDataDir(dir: string): DataDir {
  const path = resolve(dir)
  const pidFile = join(path, 'stack.pid')
  let database: DatabaseSync | undefined
  try {
    makeDirectory(path)
    database = new DatabaseSync(join(path, 'stack.lock'))
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    writeFileSync(pidFile, String(process.pid))
    // The code of functions is below, and that of the app above: its package.json must not say what kind of modules theirs are.
    writeFileSync(join(path, 'package.json'), '{}\n')
  } catch (error) {
    database?.close()
    throw refusal(path, pidFile, error as Error & { errcode?: number })
  }
  return { path, release: () => database.isOpen && database.close() }
}

function refusal(path: string, pidFile: string, error: Error & { errcode?: number }): Error {
  const remedy = 'set DATA_DIR to another directory'
  if (error.errcode !== SQLITE_BUSY) {
    return new Error(`The data directory ${path} cannot be written: ${error.message}. Make it writable, or ${remedy}`)
  }
  const holder = readFileSync(pidFile, 'utf8')
  return new Error(`Another stack (process ${holder}) is running on ${path}. Stop it, or ${remedy}`)
}

/** With its parents. Node's own `recursive` never returns where a parent is there and takes no entries, as in /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  mkdirSync(path)
}
