/** What a function's answer to a batch says, by Lambda's rules for ReportBatchItemFailures. */

export type BatchAnswer =
  | { readonly kind: 'all-succeeded' }
  | { readonly kind: 'some-failed'; readonly identifiers: readonly string[] }
  /** Malformed, or an identifier that is empty or not of this batch: Lambda then trusts nothing in the answer. */
  | { readonly kind: 'all-failed'; readonly why: string }

/**
 * `payload` is the parsed answer, `known` the identifiers of the batch's records.
 * No answer, an empty answer, and a `batchItemFailures` that is absent, null or empty mean that all succeeded.
 */
export function readBatchAnswer(payload: unknown, known: ReadonlySet<string>): BatchAnswer {
  if (payload === undefined || payload === null) return { kind: 'all-succeeded' }
  if (typeof payload !== 'object' || Array.isArray(payload)) return allFailed('the answer is not a JSON object')
  const failures = (payload as Record<string, unknown>).batchItemFailures
  if (failures === undefined || failures === null) return { kind: 'all-succeeded' }
  if (!Array.isArray(failures)) return allFailed('batchItemFailures is not a list')
  return failures.length === 0 ? { kind: 'all-succeeded' } : readFailures(failures, known)
}

function readFailures(failures: readonly unknown[], known: ReadonlySet<string>): BatchAnswer {
  const identifiers: string[] = []
  for (const failure of failures) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier
    if (typeof identifier !== 'string' || identifier === '') {
      return allFailed(`an entry of batchItemFailures has no itemIdentifier: ${JSON.stringify(failure)}`)
    }
    if (!known.has(identifier)) return allFailed(`itemIdentifier ${identifier} is not of this batch`)
    identifiers.push(identifier)
  }
  return { kind: 'some-failed', identifiers }
}

function allFailed(why: string): BatchAnswer {
  return { kind: 'all-failed', why }
}
