import type { Asked } from './asked.ts'

/** Outputs of the stack, by name. */
export type Outputs = Readonly<Record<string, string>>

/** What somebody who has just deployed wants to know, and to do. */
export function nextSteps({ stage, stack, profile, context }: Asked, outputs: Outputs, region: string): string {
  const flags = `--stage ${stage}${profile ? ` --profile ${profile}` : ''}`
  const env = profile ? `AWS_PROFILE=${profile} ` : ''
  const { ApiUrl = '', Mail = '', DashboardName = stack, AlarmTopic = '', AlarmEmail } = outputs
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`
  return [
    '',
    `${stack} is deployed in ${region}.`,
    '',
    ...columns([
      ['API', `${ApiUrl}   ${callers(context)}`],
      ['Mails', Mail],
      ['Alarms', alarms(AlarmEmail ?? context.alarmEmail, AlarmTopic)],
      ['Dashboard', `${console}#dashboards/dashboard/${DashboardName}`],
    ]),
    '',
    'Next:',
    ...columns([
      [`npx outbox doctor ${flags}`, 'whether all of it is there and well'],
      [`npx outbox console ${flags}`, 'the web console, with your credentials'],
      ...(stage === 'prod'
        ? [['docs/deploying.md#taking-a-stage-away', 'its data is protected, also from npm run destroy'] as const]
        : [
            [`${env}STACK=${stack} npm run test:e2e`, 'the black-box suite against it'] as const,
            [`npm run destroy -- -c stage=${stage}`, 'takes all of it away again'] as const,
          ]),
    ]),
    '',
  ].join('\n')
}

/** What is left, in words, when a stack is gone. */
export function afterDestroy({ stack, stage }: Asked): string {
  if (stage === 'prod')
    return `\n${stack} is gone; its tables, logs and keys were kept. See docs/deploying.md#taking-a-stage-away\n`
  return `\nNothing of ${stack} is left. The CDK's own stack, CDKToolkit, stays for whatever else is deployed here.\n`
}

function callers({ authorization = 'iam' }: Asked['context']): string {
  return authorization === 'jwt' ? '(with a token of your issuer)' : '(signed requests only: IAM)'
}

function alarms(alarmEmail: string | undefined, topic: string): string {
  return alarmEmail && alarmEmail !== 'none'
    ? `to ${alarmEmail}, once the link in the mail from AWS has been followed`
    : `nobody hears them yet: deploy with -c alarmEmail=…, or subscribe to ${topic}`
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 3
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)
}
