import type { Call } from '../gateway/call.ts'
import type { StackModel } from '../model.ts'
import type { Context } from './conditions.ts'

type Input = Call['input']
type Names = Readonly<Record<string, string>>
type AttributeValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The condition keys of one access to one table. */
export function accessContext(input: Input, model: StackModel): Context {
  return {
    'dynamodb:LeadingKeys': leadingKeys(input, partitionKeyOf(input, model)),
    'dynamodb:Attributes': attributes(input),
    'dynamodb:Select': [select(input)],
    'dynamodb:ReturnValues': [String(input.ReturnValues ?? 'NONE')],
    'dynamodb:ReturnConsumedCapacity': [String(input.ReturnConsumedCapacity ?? 'NONE')],
  }
}

function partitionKeyOf(input: Input, model: StackModel): string | undefined {
  const name = String(input.TableName).replace(/^arn:.*:table\//, '')
  const table = model.tables.find((candidate) => candidate.name === name)
  const keyed = input.IndexName === undefined ? table : table?.indexes.find((index) => index.name === input.IndexName)
  return keyed?.partitionKey.name
}

function leadingKeys(input: Input, partitionKey: string | undefined): readonly string[] | undefined {
  if (!partitionKey) return undefined
  const stored = ((input.Key ?? input.Item) as AttributeValues | undefined)?.[partitionKey]
  if (stored) return [String(Object.values(stored)[0])]
  const names = (input.ExpressionAttributeNames ?? {}) as Names
  const values = (input.ExpressionAttributeValues ?? {}) as AttributeValues
  const comparisons = String(input.KeyConditionExpression ?? '').matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)
  for (const [, name = '', placeholder = ''] of comparisons) {
    const value = values[placeholder]
    if ((names[name] ?? name) === partitionKey && value) return [String(Object.values(value)[0])]
  }
  return undefined
}

const EXPRESSIONS = [
  'ProjectionExpression',
  'KeyConditionExpression',
  'FilterExpression',
  'ConditionExpression',
  'UpdateExpression',
]

const FUNCTIONS =
  /\b(attribute_exists|attribute_not_exists|attribute_type|begins_with|contains|size|if_not_exists|list_append)\s*\(/g
const KEYWORDS = ['SET', 'REMOVE', 'ADD', 'DELETE', 'AND', 'OR', 'NOT', 'IN', 'BETWEEN']

/** Every top-level attribute that the request names: in keys, items and expressions. */
function attributes(input: Input): readonly string[] {
  const names = (input.ExpressionAttributeNames ?? {}) as Names
  const found = new Set([...Object.keys(input.Key ?? {}), ...Object.keys(input.Item ?? {})])
  for (const name of (input.AttributesToGet ?? []) as string[]) found.add(name)
  for (const expression of EXPRESSIONS) {
    const text = String(input[expression] ?? '').replace(FUNCTIONS, '(')
    // A path's head is what stands neither behind a dot nor behind a colon.
    for (const [head] of text.matchAll(/(?<![\w.:#])(?:#\w+|[A-Za-z_]\w*)/g)) {
      if (!KEYWORDS.includes(head.toUpperCase())) found.add(names[head] ?? head)
    }
  }
  return [...found]
}

function select(input: Input): string {
  if (input.Select !== undefined) return String(input.Select)
  if (input.ProjectionExpression !== undefined || input.AttributesToGet !== undefined) return 'SPECIFIC_ATTRIBUTES'
  return input.IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES'
}
