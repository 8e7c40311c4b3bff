const compiled = new Map<string, RegExp>()

/** Whether the text matches an IAM pattern, in which `*` stands for any characters and `?` for exactly one. */
export function matchesGlob(pattern: string, text: string, flags: '' | 'i' = ''): boolean {
  const key = flags + pattern
  let expression = compiled.get(key)
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    expression = new RegExp(`^${source}$`, `s${flags}`)
    compiled.set(key, expression)
  }
  return expression.test(text)
}

/** ARN patterns match part by part: a `*` in one of the first five parts does not reach over a colon. */
export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern)
  const actual = arnParts(arn)
  return wanted.length === actual.length && wanted.every((part, i) => matchesGlob(part, actual[i] ?? ''))
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':')
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')]
}
