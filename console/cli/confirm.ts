import { exit, Failure } from '../api-client/failure.ts'
import type { Ports } from './ports.ts'

/** Asks a person. Where there is none, `--yes` must have said it. */
export async function confirm(question: string, { stdin, stderr }: Ports): Promise<void> {
  if (!stdin.isTTY || !stderr.isTTY)
    throw new Failure(
      exit.usage,
      `${question} Nobody is here to be asked: add --yes to do it, or --dry-run to only count`,
    )
  const answer = await stdin.ask(`${question} [y/N] `)
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure(exit.refused, 'You said no: nothing was changed')
}
