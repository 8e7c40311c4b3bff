/** The bundles under the code that runs them on AWS: its runtime interface client, in place of the local stack's bootstrap. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { files } from './support/files.ts'
import { runtimeClient } from './support/runtime-client.ts'

const { path, skipped } = runtimeClient()
const root = join(import.meta.dirname, '../..')

describe.skipIf(!path)(`aws-lambda-ric${skipped}`, () => {
  test('runs the functions of the black-box suite', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const env = { ...process.env, LAMBDA_RUNTIME_CLIENT: path, NO_COLOR: '1' }
    const args = [vitest, 'run', '--project', 'e2e', ...files]
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    expect(code, `${out}\n${err}`.slice(-8000)).toBe(0)
    expect(out).toMatch(files.length > 0 ? /Tests +[1-9]\d passed/ : /Tests +2\d\d passed/)
  }, 1_200_000)
})
