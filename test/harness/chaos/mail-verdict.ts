/** Mails per order: one, and a further one only where an attempt ended between its mail and its commit. */
import type { Effect } from '../../../shared/execution/effect.ts'
import type { AcceptedOrder } from './load.ts'

export interface Mails {
  readonly sent: number
  /** Beyond one per order, where a process died or could not commit after it had sent the mail. */
  readonly second: number
  /** Attempts that ended in that window, or may have: their processes left no word, or noted that the commit failed. */
  readonly window: number
  /** Beyond one per order, to the addresses for which SES's answers were lost. */
  readonly afterLostAnswers: number
  readonly missing: readonly string[]
  readonly unexplained: readonly string[]
}

/** What SES says when it has sent nothing. */
const refused = /^Throttling\b/

/** @param unanswered begins the addresses for which answers of SES were lost */
export function mailVerdict(
  orders: readonly AcceptedOrder[],
  mailsTo: (address: string) => number,
  effects: ReadonlyMap<string, Effect>,
  unanswered: string,
): Mails {
  const rows = orders.map(({ email, receipt }) => {
    const mails = mailsTo(email)
    return {
      email,
      mails,
      second: Math.max(0, mails - 1),
      window: windowOf(effects.get(receipt)),
      isLost: email.startsWith(unanswered),
    }
  })
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0)
  return {
    sent: sum(({ mails }) => mails),
    second: sum(({ second, isLost }) => (isLost ? 0 : second)),
    window: sum(({ window, isLost }) => (isLost ? 0 : window)),
    afterLostAnswers: sum(({ second, isLost }) => (isLost ? second : 0)),
    missing: rows.filter(({ mails }) => mails === 0).map(({ email }) => email),
    unexplained: rows
      .filter(({ second, window, isLost }) => !isLost && second > window)
      .map(({ email, mails, window }) => `${email}: ${mails} mails, ${window} attempts that could explain a second`),
  }
}

/** Attempts of a receipt that did not succeed, except those whose own error says that no mail was sent. */
function windowOf(effect: Effect | undefined): number {
  if (!effect) return 0
  const without = (effect.failures ?? []).filter(({ error }) => refused.test(error)).length
  return Math.max(0, effect.attempts - 1 - without)
}
