import type { StackModel, Statement } from '../model.ts'
import { matchesGlob } from './glob.ts'

/**
 * The statements of a resource policy that speak of this role. An Allow for the whole account only hands the decision to
 * the identity policies, so it grants nothing by itself; a Deny for the account does deny.
 */
export function addressing(
  statements: readonly Statement[],
  roleArn: string,
  session: string,
  { accountId }: StackModel,
): Statement[] {
  const account = ['*', accountId, `arn:aws:iam::${accountId}:root`]
  const sessionArn = `${roleArn.replace(':iam:', ':sts:').replace(/:role\/(?:.*\/)?/, ':assumed-role/')}/${session}`
  return statements.filter(({ principals = ['*'], effect }) =>
    principals.some((principal) => {
      if (principal === '*') return true
      if (account.includes(principal)) return effect === 'Deny'
      return matchesGlob(principal, roleArn) || principal === sessionArn
    }),
  )
}
