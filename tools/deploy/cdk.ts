import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const bin = join(import.meta.dirname, '../../console', '..', 'node_modules', 'aws-cdk', 'bin', 'cdk')

/** Runs the CDK's CLI on this terminal, where it may ask; gives its exit code. Ctrl-C reaches it by itself. */
export async function cdk(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: 'inherit', env })
  // The terminal sends it to both; the CDK shall have the time to end in order.
  const ignore = () => {}
  process.on('SIGINT', ignore)
  const [code] = await once(child, 'exit')
  process.off('SIGINT', ignore)
  return code ?? 1
}
