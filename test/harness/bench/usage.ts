/** What the local AWS endpoint metered of the caller of the bench. */
export interface Used {
  readonly calls: number
  readonly writeUnits: number
  readonly readUnits: number
  readonly sqsRequests: number
}

interface Snapshot {
  readonly functions: Readonly<
    Record<
      string,
      { calls: Record<string, { count: number; readUnits?: number; writeUnits?: number; requestUnits?: number }> }
    >
  >
}

/** What some work used. */
export async function metered(gatewayUrl: string, work: () => Promise<unknown>): Promise<Used> {
  await fetch(`${gatewayUrl}/_local/usage`, { method: 'DELETE' })
  await work()
  const { functions } = (await (await fetch(`${gatewayUrl}/_local/usage`)).json()) as Snapshot
  const calls = Object.values(functions).flatMap((usage) => Object.entries(usage.calls))
  const sum = (of: (call: (typeof calls)[number]) => number) => calls.reduce((total, call) => total + of(call), 0)
  return {
    calls: sum(([, { count }]) => count),
    writeUnits: sum(([, { writeUnits = 0 }]) => writeUnits),
    readUnits: sum(([, { readUnits = 0 }]) => readUnits),
    sqsRequests: sum(([name, { requestUnits = 0 }]) => (name.startsWith('sqs.') ? requestUnits : 0)),
  }
}

export function per(used: Used, count: number): Used {
  return {
    calls: used.calls / count,
    writeUnits: used.writeUnits / count,
    readUnits: used.readUnits / count,
    sqsRequests: used.sqsRequests / count,
  }
}
