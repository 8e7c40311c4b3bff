import { accessSync, constants, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const inMemory = '/dev/shm'
/** Bytes. A container's is often 64 MB, which one stack would fill. */
const enough = 2 * 1024 ** 3

/**
 * Where the engines of tests and benches keep what nobody needs afterwards: in memory where the system has a file system for
 * that and it is large enough. DynamoDB Local waits for the disk at every write: on a disk it takes a third as many a second.
 * It is a file system all the same: what was written outlives a `kill -9`.
 */
export function dataRoot(): string {
  try {
    accessSync(inMemory, constants.W_OK)
    const { bavail, bsize } = statfsSync(inMemory)
    return bavail * bsize >= enough ? inMemory : tmpdir()
  } catch {
    return tmpdir()
  }
}
