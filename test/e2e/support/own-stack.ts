import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStack, type StackProcess } from '../../../console/run-stack.ts'

export interface OwnStack extends AsyncDisposable {
  /** Starts it, or starts it again on what it stored. */
  start(): Promise<StackProcess>
}

/** A stack for one test alone, which may kill it. It is stopped and deleted at the end in any case. */
export async function ownStack(): Promise<OwnStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'outbox-own-'))
  const assembly = process.env.E2E_ASSEMBLY
  let current: StackProcess | undefined
  return {
    async start() {
      current = await runStack({ dataDir, ...(assembly ? { app: `cp -R '${assembly}/.' "$CDK_OUTDIR"` } : {}) })
      return current
    },
    async [Symbol.asyncDispose]() {
      await current?.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
