import type { Statement } from '../model.ts'
import { type Context, conditionsHold } from './conditions.ts'
import { matchesGlob } from './glob.ts'

/** One thing somebody wants to do to one resource. */
export interface Ask {
  /** `dynamodb:PutItem` */
  readonly action: string
  /** An ARN, or `*` for actions that know no resources. */
  readonly resource: string
  readonly context: Context
}

export type Decision = 'allowed' | 'denied' | 'not-granted'

/** IAM's rule: an explicit deny wins, else one statement must allow, else nothing is granted. */
export function evaluate(statements: readonly Statement[], ask: Ask): Decision {
  let decision: Decision = 'not-granted'
  for (const statement of statements) {
    if (!matchOf(statement, ask)) continue
    if (statement.effect === 'Deny') return 'denied'
    decision = 'allowed'
  }
  return decision
}

/** The action and resource patterns through which a statement speaks about what is asked, if it does. */
export function matchOf(statement: Statement, ask: Ask): { action: string; resource: string } | undefined {
  const action = matchingAction(statement, ask.action)
  const resource = statement.resources.find((pattern) => matchesGlob(pattern, ask.resource))
  if (action === undefined || resource === undefined) return undefined
  return conditionsHold(statement.conditions, ask.context) ? { action, resource } : undefined
}

function matchingAction({ actions, notActions }: Statement, asked: string): string | undefined {
  if (!notActions?.length) return actions.find((pattern) => matchesGlob(pattern, asked, 'i'))
  return notActions.some((pattern) => matchesGlob(pattern, asked, 'i')) ? undefined : `not ${notActions.join(', ')}`
}
