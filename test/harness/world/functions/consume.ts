import type { SQSRecord } from 'aws-lambda'
import type { LaneUrls } from '../../../../functions/aws/environment.ts'
import { consumerQueue } from '../../../../functions/aws/lane-queues.ts'
import { laneMessage } from '../../../../functions/consume/message.ts'
import type { Services } from '../../../../shared/define/services.ts'
import { consumeBatch } from '../../../../shared/execution/batch.ts'
import { lifetimes } from '../../../../shared/lib/lifetimes.ts'
import type { JobEvent } from '../../../../shared/lib/ports.ts'
import { type Outside, oldRegistry, registry } from '../app.ts'
import type { Process } from '../process.ts'
import { adapters, type Stack, urls } from '../stack.ts'

export function consumerFunction(stack: Stack, lane: string, records: readonly SQSRecord[]) {
  return async (process: Process) => {
    const { witness, deployed } = stack
    const { store, queues, clock } = adapters(stack, process)
    if (deployed.isOld) witness.oldCode.add(process)
    const deps = {
      store,
      clock,
      queue: consumerQueue(queues, urls.get(lane) as LaneUrls),
      registry: deployed.isOld ? oldRegistry : registry,
      services: { simulated: outsideOf(stack, process) } as unknown as Services,
      ids: stack.ids,
      lifetimes,
      observe: (event: JobEvent) => witness.event(kindOf(event)),
      report: ({ error }: { error: unknown }) => witness.threw(error),
    }
    const skew = clock.now().getTime() - stack.now()
    const returned = await consumeBatch(deps, records.map(laneMessage), process.deadline + skew)
    return { batchItemFailures: returned.map((itemIdentifier) => ({ itemIdentifier })) }
  }
}

/** To wait for a deploy is not to retry. */
function kindOf(event: JobEvent): string {
  return event.kind === 'retrying' && event.error.startsWith('NotDeployedError') ? 'postponed' : event.kind
}

function outsideOf({ witness }: Stack, process: Process): Outside {
  const count = (times: Map<string, number>, job: string) => times.set(job, (times.get(job) ?? 0) + 1)
  return {
    begin: (context, job) => witness.begin(process, context, job.label),
    work: process.work,
    notDone: (job) => {
      count(witness.notDone, job)
    },
    die() {
      process.die()
      return new Promise<never>(() => {})
    },
    async mail(key) {
      try {
        await process.call('SendEmailCommand', async () => {
          count(witness.mails, key)
        })
      } catch (error) {
        if (error instanceof Error && error.name === 'ThrottlingException') count(witness.throttled, key)
        throw error
      }
    },
  }
}
