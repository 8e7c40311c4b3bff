import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStack, type StackProcess, type StackProcessSettings } from '../../../console/run-stack.ts'

export interface OwnStack extends AsyncDisposable {
  readonly dataDir: string
  /** The one that was started last. */
  current(): StackProcess
  /** Starts it, or starts it again on what it stored. */
  start(): Promise<StackProcess>
}

/**
 * A stack for one test alone, which may kill it. It is stopped and deleted at the end in any case.
 * @param context what makes its template another than that of the suite, which is taken otherwise
 */
export async function ownStack(context?: StackProcessSettings['context']): Promise<OwnStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'outbox-own-'))
  let assembly = context ? undefined : process.env.E2E_ASSEMBLY
  let current: StackProcess | undefined
  return {
    dataDir,
    current() {
      if (!current) throw new Error('This stack was not started yet; call start() first')
      return current
    },
    async start() {
      const app = assembly ? { app: `cp -R '${assembly}/.' "$CDK_OUTDIR"` } : {}
      current = await runStack({ dataDir, ...app, ...(context ? { context } : {}) })
      assembly ??= await keepAssembly(dataDir)
      return current
    },
    async [Symbol.asyncDispose]() {
      await current?.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** So that the next start need not synthesize again. */
async function keepAssembly(dataDir: string): Promise<string> {
  const kept = join(dataDir, 'assembly')
  await cp(join(dataDir, 'cdk.out'), kept, { recursive: true })
  return kept
}

/** For a program that may be told to stop: then the stack is stopped and deleted first. */
export function disposeOnSignal(own: OwnStack): void {
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, async () => {
      await own[Symbol.asyncDispose]()
      process.exit(code)
    })
  }
}
