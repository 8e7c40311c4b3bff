import type { Queue, StackModel } from '../model.ts'

/** The queues whose redrive policy names this queue. Empty: it is not the dead-letter queue of a queue. */
export function deadLetterSources(model: StackModel, deadLetterArn: string): readonly Queue[] {
  return model.queues.filter(({ attributes }) => {
    if (!attributes.RedrivePolicy) return false
    const policy: unknown = JSON.parse(attributes.RedrivePolicy)
    return (policy as { deadLetterTargetArn?: unknown }).deadLetterTargetArn === deadLetterArn
  })
}
