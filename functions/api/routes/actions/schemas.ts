import * as z from 'zod'
import { recordPageQuery } from '../../page-schemas.ts'

export const actionsQuery = recordPageQuery
export type ActionsQuery = z.input<typeof actionsQuery>

/** Something that an operator did. */
export const actionView = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** The caller, as the gateway has verified it: an IAM ARN, issuer and subject of a token, or `anonymous`. */
  by: z.string(),
  action: z.string(),
  detail: z.string(),
})
export type Action = z.infer<typeof actionView>

export const actionList = z.object({ actions: z.array(actionView), next: z.string().optional() })
export type Actions = z.infer<typeof actionList>

export const reconcileStarted = z.object({})
