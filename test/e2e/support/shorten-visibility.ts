/** Gives each lane in the template of CDK_OUTDIR the timeout of its consumer as the visibility timeout. */
import { readTemplate, writeTemplate } from './template.ts'

const { CDK_OUTDIR = '' } = process.env
const template = readTemplate(CDK_OUTDIR)
for (const { Type, Properties } of Object.values(template.Resources)) {
  // Of all queues, only those of lanes have a dead-letter queue.
  const isOfLane = Type === 'AWS::SQS::Queue' && 'RedrivePolicy' in Properties
  if (isOfLane) Properties.VisibilityTimeout = Number(Properties.VisibilityTimeout) / 6
}
writeTemplate(CDK_OUTDIR, template)
