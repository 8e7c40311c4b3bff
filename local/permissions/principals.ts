import type { StackModel, Statement } from '../model.ts'
import { matchesGlob } from './glob.ts'

/**
 * The statements of a resource policy that speak of this role. An Allow for the whole account only hands the decision to
 * the identity policies, so it grants nothing alone; a Deny for the account does deny.
 */
export function addressing(
  statements: readonly Statement[],
  roleArn: string,
  session: string,
  { accountId }: StackModel,
): Statement[] {
  const account = ['*', ...wholeAccount(accountId)]
  const sessionArn = `${roleArn.replace(':iam:', ':sts:').replace(/:role\/(?:.*\/)?/, ':assumed-role/')}/${session}`
  return statements.filter(({ principals = ['*'], effect }) =>
    principals.some((principal) => {
      if (principal === '*') return true
      if (account.includes(principal)) return effect === 'Deny'
      return matchesGlob(principal, roleArn) || principal === sessionArn
    }),
  )
}

/** The statements of a key's policy that hand the decision to the identity policies of the account. */
export function delegating(statements: readonly Statement[], { accountId }: StackModel): Statement[] {
  const account = wholeAccount(accountId)
  return statements.filter(({ principals = [] }) => principals.some((principal) => account.includes(principal)))
}

function wholeAccount(accountId: string): string[] {
  return [accountId, `arn:aws:iam::${accountId}:root`]
}
