/** What a filter pattern may say. A pattern that Lambda would refuse at deployment is refused here, at start. */

export type FilterSource = 'dynamodb' | 'sqs'

export interface Pattern {
  readonly [key: string]: Pattern | readonly LeafRule[] | readonly Pattern[]
}

export type LeafRule =
  | string
  | number
  | boolean
  | null
  | { readonly exists: boolean }
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly 'equals-ignore-case': string }
  | { readonly 'anything-but': unknown }
  | { readonly numeric: readonly (string | number)[] }

/** Lambda's quota without a request for more. */
const MAX_FILTERS = 5

/** Throws an Error with the path of the first thing that is not allowed. */
export function checkPatterns(patterns: readonly unknown[], source: FilterSource): readonly Pattern[] {
  if (patterns.length > MAX_FILTERS) {
    throw new Error(
      `${patterns.length} filters: an event source mapping has ${MAX_FILTERS} at most; merge some of them.`,
    )
  }
  patterns.forEach((pattern, index) => {
    checkPattern(pattern, `filter ${index + 1}`, source)
  })
  return patterns as readonly Pattern[]
}

function checkPattern(pattern: unknown, path: string, source: FilterSource): void {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) {
    throw refusal(path, 'is not a JSON object with at least one key', 'Write {"field": ["value"]}.')
  }
  for (const [key, rule] of Object.entries(pattern)) {
    const at = `${path}.${key}`
    if (key === '$or') checkAlternatives(rule, at, source)
    else if (Array.isArray(rule)) checkLeaf(rule, at, source)
    else if (isObject(rule)) checkPattern(rule, at, source)
    else throw refusal(at, `is ${JSON.stringify(rule)}, but a leaf is an array`, `Write [${JSON.stringify(rule)}].`)
  }
}

function checkAlternatives(alternatives: unknown, path: string, source: FilterSource): void {
  if (!Array.isArray(alternatives) || alternatives.length < 2) {
    throw refusal(path, 'is not an array of two or more patterns', 'Write "$or": [{…}, {…}].')
  }
  alternatives.forEach((alternative, index) => {
    checkPattern(alternative, `${path}[${index}]`, source)
  })
}

function checkLeaf(rules: readonly unknown[], path: string, source: FilterSource): void {
  if (rules.length === 0) throw refusal(path, 'is an empty array', 'Write [null] or [""] for a null or empty value.')
  rules.forEach((rule, index) => {
    if (isObject(rule)) checkOperator(rule, `${path}[${index}]`, source)
    else if (Array.isArray(rule)) throw refusal(`${path}[${index}]`, 'is an array in an array', 'Flatten it.')
  })
}

function checkOperator(rule: Record<string, unknown>, path: string, source: FilterSource): void {
  const [name, ...others] = Object.keys(rule)
  if (name === undefined || others.length > 0) {
    throw refusal(path, `has ${others.length + 1} operators or none`, 'Write one operator per object.')
  }
  const allowed = operators[name]
  if (!allowed) {
    throw refusal(path, `uses the unknown operator "${name}"`, `Known are ${Object.keys(operators).join(', ')}.`)
  }
  if (name === 'numeric' && source === 'dynamodb') {
    throw refusal(path, 'is numeric, but numbers in a stream record are text', 'Compare "N" with exact text values.')
  }
  if (!allowed.accepts(rule[name])) throw refusal(path, `has a bad operand for "${name}"`, `Write ${allowed.example}.`)
}

const isText = (operand: unknown) => typeof operand === 'string'
const isTextOrNumber = (operand: unknown) => typeof operand === 'string' || typeof operand === 'number'

const operators: Readonly<Record<string, { accepts: (operand: unknown) => boolean; example: string }>> = {
  exists: { accepts: (operand) => typeof operand === 'boolean', example: '{"exists": true}' },
  prefix: { accepts: isText, example: '{"prefix": "a"}' },
  suffix: { accepts: isText, example: '{"suffix": "z"}' },
  'equals-ignore-case': { accepts: isText, example: '{"equals-ignore-case": "a"}' },
  'anything-but': {
    accepts: isExclusion,
    example: '{"anything-but": "a"}, {"anything-but": ["a", "b"]} or {"anything-but": {"prefix": "a"}}',
  },
  numeric: { accepts: isNumeric, example: '{"numeric": [">", 0, "<=", 5]}' },
}

function isExclusion(operand: unknown): boolean {
  if (Array.isArray(operand)) return operand.length > 0 && operand.every(isTextOrNumber)
  if (isObject(operand)) return Object.keys(operand).length === 1 && isText(operand.prefix) && operand.prefix !== ''
  return isTextOrNumber(operand)
}

/** One comparison, or a lower and an upper bound. */
function isNumeric(operand: unknown): boolean {
  if (!Array.isArray(operand)) return false
  const [first, bound, second, upper] = operand
  if (typeof bound !== 'number') return false
  if (operand.length === 2) return ['=', '<', '<=', '>', '>='].includes(first)
  const isRange = operand.length === 4 && ['>', '>='].includes(first) && ['<', '<='].includes(second)
  return isRange && typeof upper === 'number' && bound < upper
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refusal(path: string, what: string, remedy: string): Error {
  return new Error(`Invalid filter pattern: ${path} ${what}. ${remedy}`)
}
