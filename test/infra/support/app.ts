import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** A directory that goes with the tests of the file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-relay-synth-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/**
 * Runs the app as the CDK's CLI and the local stack do, with all checks.
 * @param nodeArguments for the process, before the app
 */
export async function runApp(context: object, nodeArguments: readonly string[] = []) {
  const directory = temporaryDirectory()
  const child = spawn(process.execPath, [...nodeArguments, 'infra/app.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CDK_VALIDATION: 'true', CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
  })
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  const [stderr, status] = await Promise.all([text(child.stderr), closed])
  return { directory, status, stderr }
}
