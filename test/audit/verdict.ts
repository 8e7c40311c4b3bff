/** What `npm audit --json` says of the dependencies that are shipped. */
export type Verdict =
  | { readonly kind: 'clean'; readonly packages: number }
  | { readonly kind: 'vulnerable'; readonly lines: readonly string[] }
  /** The registry does not answer audits, or not in a form that is known here: that is no good news, and no bad. */
  | { readonly kind: 'not-checked'; readonly why: string }

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>
  readonly metadata?: { readonly dependencies?: { readonly total?: number; readonly prod?: number } }
  readonly message?: string
  readonly error?: { readonly summary?: string; readonly code?: string }
}

export function verdictOf(stdout: string, stderr: string): Verdict {
  const report = parsed(stdout)
  if (!report?.vulnerabilities) {
    const said = report?.message ?? report?.error?.summary ?? stderr.split('\n').find((line) => line.trim() !== '')
    return { kind: 'not-checked', why: said?.trim() || 'npm gave no report' }
  }
  const lines = Object.entries(report.vulnerabilities).map(
    ([name, { severity, range }]) => `${name} ${range}: ${severity}`,
  )
  const { total, prod } = report.metadata?.dependencies ?? {}
  return lines.length > 0 ? { kind: 'vulnerable', lines } : { kind: 'clean', packages: prod ?? total ?? 0 }
}

function parsed(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report
  } catch {
    return undefined
  }
}
