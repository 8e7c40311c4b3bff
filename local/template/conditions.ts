import { type Place, TemplateError } from './errors.ts'
import { type Lookup, list, resolve, soleEntry, text } from './intrinsics.ts'

type Operator = (argument: unknown, lookup: Lookup, place: Place) => boolean

const OPERATORS: Readonly<Record<string, Operator>> = {
  'Fn::Equals': (argument, lookup, place) => {
    const [left, right] = list(resolve(argument, lookup, place), 'Fn::Equals', place)
    return JSON.stringify(left) === JSON.stringify(right)
  },
  'Fn::And': (argument, lookup, place) => list(argument, 'Fn::And', place).every((c) => holds(c, lookup, place)),
  'Fn::Or': (argument, lookup, place) => list(argument, 'Fn::Or', place).some((c) => holds(c, lookup, place)),
  'Fn::Not': (argument, lookup, place) => !list(argument, 'Fn::Not', place).some((c) => holds(c, lookup, place)),
  Condition: (argument, lookup, place) => lookup.condition(text(argument, 'Condition', place), place),
}

/** Whether a condition function of the template's `Conditions` holds. */
export function holds(condition: unknown, lookup: Lookup, place: Place): boolean {
  const [name = '', argument] = soleEntry(Object(condition))
  const operator = OPERATORS[name]
  if (operator) return operator(argument, lookup, place)
  const what = `${name || JSON.stringify(condition)} is not a known condition function`
  throw new TemplateError(place, what, `Use one of ${Object.keys(OPERATORS).join(', ')}`)
}
