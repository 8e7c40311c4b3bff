import { redriveUntilComplete } from '../../../../api-client/redrive-until-complete.ts'
import { api } from '../../api/api.ts'
import { ApiError } from '../../api/problem.ts'

const pageSize = 100

/**
 * Redrives the members that are dead now, page by page. The pages only go forward, so a member that dies again meanwhile stays
 * dead.
 *
 * @throws ApiError when a call fails, or calls move nothing again and again; to begin anew does no harm
 */
export async function redriveDeadMembers(id: string): Promise<void> {
  let cursor: string | undefined
  do {
    const { jobs, next } = await api.members(id, { status: 'dead', limit: pageSize, cursor })
    if (jobs.length > 0) await redrive(jobs.map((job) => job.id))
    cursor = next
  } while (cursor !== undefined)
}

async function redrive(ids: string[]): Promise<void> {
  const end = await redriveUntilComplete({ send: () => api.redrive({ ids }), sleep: wait, tell: () => {} })
  if (end === 'complete') return
  const detail = 'The last calls moved nothing. Try again later.'
  throw new ApiError({ status: 0, title: 'The redrive is not complete', detail })
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
