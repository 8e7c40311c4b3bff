import { exit, Failure } from '../../console/api-client/failure.ts'
import { type Asked, askedOf } from './asked.ts'
import type { Attachment } from './attached.ts'
import { type Deployed, neverComplete } from './deployed.ts'
import { afterDestroy, nextSteps, type Outputs } from './next-steps.ts'
import { switchedOff } from './switched-off.ts'

export interface DeployPorts {
  /** The region, once the account is ready for a deploy; throws a Failure if it is not. */
  readonly account: (asked: Asked) => Promise<string>
  /** The stack before the command; `undefined` if there is none. */
  readonly deployed: (asked: Asked) => Promise<Deployed | undefined>
  /** Makes a stack deletable whose first deploy failed, and says what it does. */
  readonly releaseFailedCreate: (asked: Asked, deployed: Deployed, say: (text: string) => void) => Promise<void>
  /** The identities to which policies of the stack are attached. */
  readonly attachments: (asked: Asked, outputs: Outputs) => Promise<readonly Attachment[]>
  /** Runs the CDK's CLI on this terminal and gives its exit code; what it deployed it writes to `outputsFile`. */
  readonly cdk: (args: readonly string[]) => Promise<number>
  readonly outputsFile: string
  /** Outputs of every stack that was deployed, by its name. */
  readonly outputs: () => Promise<Readonly<Record<string, Outputs>>>
  readonly say: (text: string) => void
  readonly complain: (line: string) => void
}

/** `deploy` or `destroy`, with the CDK's own arguments after it. Gives the exit code. */
export async function run(ports: DeployPorts, [verb, ...args]: readonly string[]): Promise<number> {
  try {
    const asked = askedOf(args)
    const region = await ports.account(asked)
    return await (verb === 'destroy' ? destroy(ports, asked) : deploy(ports, asked, region))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    ports.complain(error.message)
    return error.exit
  }
}

async function deploy(ports: DeployPorts, asked: Asked, region: string): Promise<number> {
  const before = await ports.deployed(asked)
  if (before && neverComplete(before)) await ports.releaseFailedCreate(asked, before, ports.say)
  else if (before) for (const line of switchedOff(asked, before.outputs)) ports.complain(line)
  const code = await ports.cdk(['deploy', ...asked.args, ...adopting(asked), '--outputs-file', ports.outputsFile])
  if (code !== 0) return code
  const outputs = (await ports.outputs())[asked.stack]
  // Without outputs nothing was deployed: `--no-execute`, or a question that was answered with no.
  if (outputs) ports.say(nextSteps(asked, outputs, region))
  return 0
}

/**
 * A resource that outlived a lane or the stack has the name that the deploy creates. CloudFormation adopts it, if it is
 * asked to in the change set.
 */
function adopting({ keepsData, args }: Asked): string[] {
  const chosen = args.some((arg) => /^--(no-)?import-existing-resources\b/.test(arg))
  const direct = args.some(
    (arg, at) => arg === '--method=direct' || (arg === 'direct' && /^(--method|-m)$/.test(args[at - 1] ?? '')),
  )
  return keepsData && !chosen && !direct ? ['--import-existing-resources'] : []
}

async function destroy(ports: DeployPorts, asked: Asked): Promise<number> {
  const before = await ports.deployed(asked)
  const attached = before ? await ports.attachments(asked, before.outputs) : []
  if (attached.length > 0) throw new Failure(exit.refused, stillAttached(asked, attached))
  const code = await ports.cdk(['destroy', ...asked.args, ...undecided(asked)])
  if (code === 0) ports.say(afterDestroy(asked))
  return code
}

/** The CDK synthesizes before it destroys, and a stage that keeps data asks for decisions that no longer matter. */
function undecided({ keepsData, context }: Asked): string[] {
  const missing = ['mailSender', 'alarmEmail'].filter((key) => !context[key])
  return keepsData ? missing.flatMap((key) => ['-c', `${key}=none`]) : []
}

function stillAttached({ stack, profile }: Asked, attached: readonly Attachment[]): string {
  const flag = profile ? ` --profile ${profile}` : ''
  const commands = attached.map(
    ({ kind, name, policyArn }) =>
      `aws iam detach-${kind}-policy --${kind}-name ${name} --policy-arn ${policyArn}${flag}`,
  )
  return `Policies of ${stack} are attached to ${attached.map(({ kind, name }) => `the ${kind} ${name}`).join(', ')}. IAM refuses to delete an attached policy, so nothing is destroyed. Detach them first: ${commands.join(' && ')}`
}
