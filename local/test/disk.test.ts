/** A full disk is one line, whichever part of the stack met it. */
import { expect, test } from 'vitest'
import { diskFailureIn, orFullDisk } from '../disk.ts'
import { temporaryDir } from './support/with-stack.ts'

test.each([
  'Error: ENOSPC: no space left on device, write\n    at Object.writeSync (node:fs:916:3)',
  'error: Failed to write to output file: open /x/index.mjs: no space left on device',
  'EROFS: read-only file system, mkdir',
  'Error: EDQUOT: quota exceeded',
])('a program that printed "%s" met a full disk', (output) => {
  const line = diskFailureIn(output, '/data')?.message
  expect(line).toMatch(/^The disk of \/data, or that of .*, takes no more \(.+\)\. Free space and start again$/)
})

test('another failure of a program, and of a part on a disk with room, is told as it is', () => {
  expect(diskFailureIn('SyntaxError: Unexpected token', '/data')).toBeUndefined()
  const failure = new Error('DynamoDB Local does not come back')
  expect(orFullDisk(failure, temporaryDir())).toBe(failure)
})

test('an engine that ended on a full disk is told as the full disk', () => {
  const told = orFullDisk(new Error('the engine ended'), '/data', 3 * 4_096)
  expect(told.message).toMatch(/^The disk of the data directory \/data takes no more \(ENOSPC\)/)
})
