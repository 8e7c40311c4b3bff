import type { Asked } from './asked.ts'
import type { Outputs } from './next-steps.ts'

/**
 * Warns of what the deployed stack had and this deploy may switch off: `-c` counts for one deploy only. Mail jobs succeed
 * without a sender, so nobody would notice. Settings in `infra/config/config.ts` are not known here.
 */
export function switchedOff({ stack, context }: Pick<Asked, 'stack' | 'context'>, outputs: Outputs): string[] {
  return [
    lost(context.mailSender, senderIn(outputs), (was) => [
      `${stack} sends mails from ${was}, and this deploy`,
      'mails are only logged from then on, and their jobs succeed',
      `-c mailSender=${was}`,
    ]),
    lost(context.alarmEmail, outputs.AlarmEmail, (was) => [
      `${stack} sends its alarms to ${was}, and this deploy`,
      'that address gets none from then on',
      `-c alarmEmail=${was}`,
    ]),
  ].flat()
}

type Words = readonly [subject: string, effect: string, option: string]

function lost(now: string | undefined, was: string | undefined, words: (was: string) => Words): string[] {
  const isSet = (value: string | undefined): value is string => Boolean(value) && value !== 'none'
  if (!isSet(was) || isSet(now)) return []
  const [subject, effect, option] = words(was)
  return [
    `WARNING: ${subject} switches that off unless infra/config/config.ts names it: ${effect}. To keep it, stop and add ${option}`,
  ]
}

/** The sender in the output `Mail`, whose text is made by infra/config/mail.ts. */
function senderIn({ Mail = '' }: Outputs): string | undefined {
  return /^sent from (\S+@\S+), /.exec(Mail)?.[1]
}
