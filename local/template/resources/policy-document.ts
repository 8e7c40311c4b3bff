import { z } from 'zod'
import type { Statement } from '../../model.ts'
import { type Place, TemplateError } from '../errors.ts'
import { oneOrMany, present } from './properties.ts'

const principal = z.union([z.literal('*').transform(() => ['*']), z.record(z.string(), oneOrMany).transform(flat)])

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMany.optional(),
  NotAction: oneOrMany.optional(),
  Resource: oneOrMany.optional(),
  Principal: principal.optional(),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMany)).default({}),
})

/** An IAM policy document. Kept as written; {@link readStatements} makes the model of it. */
export const statements = z.looseObject({ Statement: z.unknown() })

export function readStatements(document: z.infer<typeof statements>, place: Place): Statement[] {
  return [document.Statement].flat().map((raw) => {
    const read = statement.safeParse(raw)
    if (!read.success) {
      const what = `the policy statement ${JSON.stringify(raw)} says more than is understood here`
      throw new TemplateError(place, what, 'Use Effect, Action, NotAction, Resource, Principal and Condition')
    }
    const { Sid, Effect, Action = [], NotAction, Resource = [], Principal, Condition } = read.data
    return {
      effect: Effect,
      actions: Action,
      resources: Resource,
      conditions: Condition,
      ...present({ sid: Sid, notActions: NotAction, principals: Principal }),
    }
  })
}

function flat(principals: Record<string, string[]>): string[] {
  return Object.values(principals).flat()
}
