import { z } from 'zod'
import type { Topic } from '../../model.ts'
import { ignored } from './properties.ts'
import type { Resources, Rule } from './rule.ts'

export const topicRules = {
  'AWS::SNS::Topic': {
    identity: ({ name, arn }) => {
      const TopicName = name('TopicName')
      const TopicArn = arn('sns', TopicName)
      return { ref: TopicArn, attributes: { TopicArn, TopicName } }
    },
    properties: z.strictObject({
      TopicName: z.string().optional(),
      DisplayName: ignored,
      KmsMasterKeyId: ignored,
      Tags: ignored,
    }),
  } satisfies Rule,
}

export function readTopics(resources: Resources): Topic[] {
  return resources.of(topicRules).map(({ logicalId, ref, attributes }) => ({
    logicalId,
    name: attributes.TopicName ?? '',
    arn: ref,
  }))
}
