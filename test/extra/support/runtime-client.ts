import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** AWS's runtime interface client: its index.mjs, or why what needs it is skipped. Its native part needs a compiler to install. */
export function runtimeClient(): { path?: string; skipped: string } {
  const named = process.env.AWS_LAMBDA_RIC
  const directories = (process.env.PATH ?? '').split(delimiter)
  const found = named ?? directories.map((directory) => join(directory, 'aws-lambda-ric')).find(existsSync)
  if (!found || !existsSync(found)) {
    const how =
      'npm install --global aws-lambda-ric (needs cmake, make and g++), or name its index.mjs with AWS_LAMBDA_RIC'
    return { skipped: ` (skipped: no aws-lambda-ric; ${how})` }
  }
  const path = realpathSync(found)
  return loads(path) ? { path, skipped: '' } : { skipped: ` (skipped: the native part of ${path} does not load)` }
}

/** The native part wants to know where the Runtime API is; it asks nothing of it yet. */
function loads(path: string): boolean {
  const env = { ...process.env, AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9' }
  const script = `require(${JSON.stringify(join(path, '..', 'rapid-client.node'))})`
  return spawnSync(process.execPath, ['-e', script], { env, stdio: 'ignore', timeout: 60_000 }).status === 0
}
