import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStack, type StackProcess, type StackProcessSettings } from '../../../console/run-stack.ts'

export interface OwnStack extends AsyncDisposable {
  /** Starts it, or starts it again on what it stored. */
  start(): Promise<StackProcess>
}

/**
 * A stack for one test alone, which may kill it. It is stopped and deleted at the end in any case.
 * @param context what makes its template another than that of the suite, which is taken otherwise
 */
export async function ownStack(context?: StackProcessSettings['context']): Promise<OwnStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'outbox-own-'))
  const assembly = context ? undefined : process.env.E2E_ASSEMBLY
  let current: StackProcess | undefined
  return {
    async start() {
      const app = assembly ? { app: `cp -R '${assembly}/.' "$CDK_OUTDIR"` } : {}
      current = await runStack({ dataDir, ...app, ...(context ? { context } : {}) })
      return current
    },
    async [Symbol.asyncDispose]() {
      await current?.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
