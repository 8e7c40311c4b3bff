import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runStack, type StackProcess, type StackProcessSettings } from '../../../local/run-stack.ts'
import { dataRoot } from '../../../local/test/support/data-root.ts'
import { notePermissions } from './permissions.ts'

export interface OwnStack extends AsyncDisposable {
  readonly dataDir: string
  /** The one that was started last. */
  current(): StackProcess
  /** Starts it, or starts it again on what it stored. */
  start(): Promise<StackProcess>
}

export interface OwnStackSettings {
  /** What makes its template another than that of the suite, which is taken otherwise. */
  readonly context?: NonNullable<StackProcessSettings['context']>
  /** The context makes its code another than that of the suite, so it is bundled again. @default - only its template differs */
  readonly otherCode?: true
  /** Chance decides what is done to it. */
  readonly byChance?: true
  /**
   * The visibility timeout of each lane is the timeout of its consumer, the shortest that Lambda allows. So a message that was
   * on its way to a consumer when the stack was killed comes back that soon. The template has six times as much.
   */
  readonly shortVisibility?: true
  /** It is started again on what it stored, so its DynamoDB Local is its own. @default - it shares that of the suite */
  readonly startsAgain?: true
}

/** What the account of a stack has verified in SES: the sender of the stage `local`, with the default configuration set that the console of SES makes. */
export const sesIdentities = ['orders@example.com=my-first-configuration-set']

/** A stack for one test alone, which may kill it. It is stopped and deleted at the end in any case. */
export async function ownStack({
  context,
  otherCode,
  byChance,
  shortVisibility,
  startsAgain,
}: OwnStackSettings = {}): Promise<OwnStack> {
  const dataDir = await mkdtemp(join(dataRoot(), 'outbox-own-'))
  let assembly: string | undefined
  let current: StackProcess | undefined
  const appFor = () => {
    const { E2E_ASSEMBLY } = process.env
    if (assembly === undefined && context && E2E_ASSEMBLY && !otherCode) return program('variant-app.ts')
    assembly ??= context ? undefined : E2E_ASSEMBLY
    return assembly === undefined ? undefined : copyOf(assembly, shortVisibility)
  }
  return {
    dataDir,
    current() {
      if (!current) throw new Error('This stack was not started yet; call start() first')
      return current
    },
    async start() {
      const dynamoDbUrl = startsAgain ? undefined : process.env.TEST_DYNAMODB_URL
      current = await runStack({ dataDir, dynamoDbUrl, app: appFor(), context, sesIdentities })
      assembly ??= await keepAssembly({ dataDir })
      return current
    },
    async [Symbol.asyncDispose]() {
      // The suite asks at its end which grants were never used, by any of its stacks. Those of chance would differ from run to run.
      if (current && process.env.E2E_DATA_DIR && !byChance)
        await notePermissions(current.awsUrl, process.env.E2E_DATA_DIR)
      await current?.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const program = (name: string) => `'${process.execPath}' '${join(import.meta.dirname, name)}'`

/** In place of a synthesis: a copy of an assembly. */
function copyOf(assembly: string, shortVisibility = false): string {
  const copy = `cp -R '${assembly}/.' "$CDK_OUTDIR"`
  return shortVisibility ? `${copy} && ${program('shorten-visibility.ts')}` : copy
}

/** What a stack was synthesized to, once it has started without one that was there. */
export const assemblyOf = ({ dataDir }: Pick<OwnStack, 'dataDir'>) => join(dataDir, 'assembly')

/** So that the next start need not synthesize again. */
async function keepAssembly(own: Pick<OwnStack, 'dataDir'>): Promise<string> {
  await cp(join(own.dataDir, 'cdk.out'), assemblyOf(own), { recursive: true })
  return assemblyOf(own)
}

/** For a program that may be told to stop: then its stacks are stopped and deleted first. */
export function disposeOnSignal(...stacks: readonly OwnStack[]): void {
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.once(signal, async () => {
      await Promise.all(stacks.map((own) => own[Symbol.asyncDispose]()))
      process.exit(code)
    })
  }
}
