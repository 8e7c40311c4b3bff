/** The trail of operators: who did what, and when. */
import * as z from 'zod'
import { ownPartition } from '../define/record/attributes.ts'
import { defineOwnRecord } from '../define/record.ts'

/** Partition of the trail of what operators did. */
export const actionPartition = ownPartition('action')

/** Something that a person did to the system. Written before it is done, so that nothing is done without a trace. */
export const action = defineOwnRecord({
  name: 'action',
  schema: z.object({
    id: z.string(),
    at: z.iso.datetime(),
    /** The caller, as the gateway knows them: an IAM ARN, issuer and subject of a token, or `anonymous`. */
    by: z.string(),
    action: z.string(),
    detail: z.string(),
  }),
  key: ({ at, id }: { at: string; id: string }) => ({ pk: actionPartition, sk: `${at}#${id}` }),
})
