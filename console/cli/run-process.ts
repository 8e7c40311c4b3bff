import { keepLoopbackDirect } from '../../local/loopback.ts'
import type { Installation } from './ports.ts'
import { processPorts } from './process-ports.ts'
import { run } from './run.ts'

/** Runs the command line of this process, and sets its exit code. */
export async function runProcess(installation: Installation): Promise<void> {
  keepLoopbackDirect(process.env)
  const ports = processPorts(installation)
  process.exitCode = await run(process.argv.slice(2), ports)
  ports.close()
}
