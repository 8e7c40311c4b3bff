import { Failure } from '../../console/api-client/failure.ts'
import { type Asked, askedOf } from './asked.ts'
import { afterDestroy, nextSteps, type Outputs } from './next-steps.ts'

export interface DeployPorts {
  /** The region, once the account is ready for a deploy; throws a Failure if it is not. */
  readonly account: (asked: Asked) => Promise<string>
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
  const code = await ports.cdk(['deploy', ...asked.args, '--outputs-file', ports.outputsFile])
  if (code !== 0) return code
  const outputs = (await ports.outputs())[asked.stack]
  // Without outputs nothing was deployed: `--no-execute`, or a question that was answered with no.
  if (outputs) ports.say(nextSteps(asked, outputs, region))
  return 0
}

async function destroy(ports: DeployPorts, asked: Asked): Promise<number> {
  const code = await ports.cdk(['destroy', ...asked.args])
  if (code === 0) ports.say(afterDestroy(asked))
  return code
}
