/** What operators do by the API. */
import { jobActions } from '../../../../functions/api/routes/jobs/actions.ts'
import { batchReader } from '../../../../functions/aws/batch-reader.ts'
import { deadLetterQueue } from '../../../../functions/aws/dead-letter-queue.ts'
import { failingIndexOf } from '../../../../functions/aws/failing-index.ts'
import { outboxKey } from '../../../../shared/lib/id.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import { allFailing } from '../../../../shared/recovery/failing-jobs.ts'
import { type RedriveDeps, redrive } from '../../../../shared/recovery/redrive.ts'
import { apiOf } from '../../../support/api.ts'
import { registry } from '../app.ts'
import type { Process } from '../process.ts'
import { type Adapters, adapters, type Stack, tables, urls } from '../stack.ts'

/** `POST /dead-letters/redrive {all: true}` */
export function redriveFunction(stack: Stack) {
  return async (process: Process) => {
    const made = adapters(stack, process)
    const now = made.clock.now()
    const dead = allFailing(failingIndexOf(made.db, tables.effects), ['dead'], { until: now.toISOString() }, 100)
    return redrive(operatorDeps(stack, made, process), dead, now.getTime() + 9_000)
  }
}

/** `POST /jobs/{id}/cancel` and `/replay`; gives the status of the answer. */
export function actionFunction(stack: Stack, action: 'cancel' | 'replay', id: string) {
  return async (process: Process): Promise<number> => {
    const deps = operatorDeps(stack, adapters(stack, process), process)
    const ask = apiOf(jobActions, { ...deps, logAction: () => {} })
    return (await ask({ method: 'POST', path: `/jobs/${id}/${action}` })).status
  }
}

/** `POST /jobs/{id}/replay` with the payload of before, of which no attempt fails any more; gives the id of the new job. */
export function editFunction(stack: Stack, id: string) {
  return async (process: Process): Promise<string | number> => {
    const made = adapters(stack, process)
    const item = stack.dynamoDb.item('outbox', outboxKey(id))
    const { throws: _, permanent: __, kills: ___, ...payload } = JSON.parse(String(item?.payload ?? '{}'))
    const deps = { ...operatorDeps(stack, made, process), outboxLifetime: lifetimes.outbox, logAction: () => {} }
    const { status, body } = await apiOf(
      jobActions,
      deps,
    )({ method: 'POST', path: `/jobs/${id}/replay`, body: { payload } })
    return status === 202 ? String(body.id) : status
  }
}

/** An operator sends what this operator has taken, and nothing else. */
function operatorDeps({ ids, witness }: Stack, made: Adapters, process: Process): RedriveDeps {
  const { store, clock, queues, db, sender } = made
  const send: typeof sender.send = async (lane, messages) => {
    for (const { body } of messages) witness.sentByOperator(process, JSON.parse(body).id)
    return sender.send(lane, messages)
  }
  const deadLetters = (lane: string) => deadLetterQueue(queues, urls.get(lane))
  return { store, sender: { send }, clock, ids, registry, deadLetters, ...batchReader(db, tables) }
}
