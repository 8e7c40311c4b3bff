/** What a check found. `skip`: it could not be asked, and says why. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail' | 'skip'
  readonly found: string
  /** What to do; absent where nothing is. */
  readonly next?: string
}

/** A check, by its name. */
export type Check = readonly [name: string, ask: () => Promise<Omit<Finding, 'check'>>]

/** Asks one after the other; a check that fails to ask is a finding as well. */
export async function ask(
  checks: readonly Check[],
  explain: (error: unknown) => Omit<Finding, 'check'>,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [check, question] of checks) {
    findings.push({ check, ...(await question().catch(explain)) })
  }
  return findings
}

/** `a, b and 3 more` */
export function some(names: readonly string[], most = 3): string {
  const more = names.length - most
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ')
}
