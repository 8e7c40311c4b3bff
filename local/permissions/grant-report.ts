import type { Statement } from '../model.ts'
import { type Ask, matchOf } from './evaluate.ts'

/** Pairs of action and resource, as the policies write them (with wildcards). */
export interface Grant {
  readonly action: string
  readonly resource: string
}

export interface GrantReport {
  readonly granted: readonly Grant[]
  /** Granted, and not needed by any call so far: a role can lose these if the run exercised everything. */
  readonly unused: readonly Grant[]
  readonly refused: readonly Grant[]
}

const SPOKEN_HERE = /^(dynamodb|sqs|ses|lambda|kms|\*)/i

/** Remembers which grants of a role were ever the reason why a call passed. */
export function createGrantReport(statements: readonly Statement[]) {
  const allows = statements.filter(({ effect }) => effect === 'Allow')
  const granted = unique(
    allows.flatMap(({ actions, resources }) =>
      actions
        .filter((action) => SPOKEN_HERE.test(action))
        .flatMap((action) => resources.map((resource) => ({ action, resource }))),
    ),
  )
  const used = new Set<string>()
  const known = new Set<string>()
  const refused: Grant[] = []

  return {
    used(ask: Ask): void {
      // The same few calls come again and again: each is looked at once.
      const call = keyOf(ask)
      if (known.has(call)) return
      const matches = allows.map((statement) => matchOf(statement, ask)).filter((match) => match !== undefined)
      for (const match of matches) used.add(keyOf(match))
      if (matches.length > 0) known.add(call)
    },
    refused(action: string, resource: string): void {
      if (!refused.some((grant) => keyOf(grant) === keyOf({ action, resource }))) refused.push({ action, resource })
    },
    report: (): GrantReport => ({ granted, unused: granted.filter((grant) => !used.has(keyOf(grant))), refused }),
  }
}

function keyOf({ action, resource }: Grant): string {
  return `${action} ${resource}`
}

function unique(grants: readonly Grant[]): Grant[] {
  return [...new Map(grants.map((grant) => [keyOf(grant), grant])).values()]
}
