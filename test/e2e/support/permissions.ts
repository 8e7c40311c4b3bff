/** What the functions of the stack were granted, used, and refused, as its AWS endpoint has seen it. */

interface Grant {
  readonly action: string
  readonly resource: string
}

interface Report {
  readonly functions: Readonly<
    Record<string, { readonly unused: readonly Grant[]; readonly refused: readonly Grant[] }>
  >
}

async function lines(awsUrl: string, which: 'unused' | 'refused'): Promise<string[]> {
  const report = (await (await fetch(`${awsUrl}/_local/permissions`)).json()) as Report
  return Object.entries(report.functions).flatMap(([name, grants]) =>
    grants[which].map(({ action, resource }) => `${name}: ${action} on ${resource}`),
  )
}

/** Each refusal in a line: a grant that is missing in infra/ shows here first. */
export async function refusals(awsUrl: string): Promise<string[]> {
  return (await lines(awsUrl, 'refused')).map((line) => `AccessDeniedException for ${line}`)
}

/** What a role could lose, if the run has exercised everything. */
export function unusedGrants(awsUrl: string): Promise<string[]> {
  return lines(awsUrl, 'unused')
}
