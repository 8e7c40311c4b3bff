/** Job types that were in any answer so far: the API has no list of them, and a filter should suggest some. */
const seen = new Set<string>()

export function seeTypes(of: Iterable<{ readonly type: string }>): void {
  for (const { type } of of) seen.add(type)
}

export function knownTypes(): readonly string[] {
  return [...seen].sort()
}
