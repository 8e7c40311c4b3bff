import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const full = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** What a program printed that met a full disk, in one line; `undefined` if it ended for another reason. */
export function diskFailureIn(output: string, dataDir: string): Error | undefined {
  const [code] = /\b(?:ENOSPC|EDQUOT|EROFS)\b|no space left on device/i.exec(output) ?? []
  return code === undefined
    ? undefined
    : new Error(`The disk of ${dataDir}, or that of ${tmpdir()}, takes no more (${code}). Free space and start again`)
}

/**
 * Resolves when a write that nobody waits for, such as a timer's, meets a full disk: the stack is to stop in order then. What was
 * answered before is on the disk already. Every other fault that nobody waits for ends the process, as without this.
 */
export function diskFailure(dataDir: string): Promise<Error> {
  return new Promise((resolve) => {
    process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
      if (full.has(error.code ?? '')) {
        resolve(fullDisk(dataDir, error.code ?? ''))
      } else {
        process.stderr.write(`${error.stack ?? error}\n`)
        process.exit(1)
      }
    })
  })
}

/** The failure of a part of the stack, or that of its disk where that is full: an engine knows no better than to end. */
export function orFullDisk(failure: Error, dataDir: string, room = roomOf(dataDir)): Error {
  return room < smallestRoom ? fullDisk(dataDir, 'ENOSPC') : failure
}

/** Free bytes of the disk of a directory. */
function roomOf(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

/** Bytes. With less, no engine can write a page of its files and their journals. */
const smallestRoom = 256 * 1024

function fullDisk(dataDir: string, code: string): Error {
  const next = 'Free space there and start again; nothing that was answered is lost'
  return new Error(`The disk of the data directory ${dataDir} takes no more (${code}). ${next}`)
}
