import { type Command, InvalidArgumentError } from 'commander'
import { type Usage, usageQuery, usageView } from '../../../functions/api/routes/usage/schemas.ts'
import { type Action, runs, type Session } from '../session.ts'
import { table } from '../table.ts'
import { short } from '../time.ts'

interface UsageOptions {
  readonly hours: number
}

export function usage(program: Command, session: Session): void {
  program
    .command('usage')
    .description('show what the stack used of AWS, and its cost at list prices')
    .option('--hours <n>', 'of the last n hours, up to 720', hours, 24)
    .action(runs<UsageOptions>(session, showUsage))
}

function hours(text: string): number {
  const { data } = usageQuery.shape.hours.safeParse(text)
  if (data !== undefined) return data
  throw new InvalidArgumentError('It is a whole number from 1 to 720.')
}

export const showUsage: Action<UsageOptions> = async ({ options, api }) => {
  const json = await (await api()).get(usageView, '/usage', { hours: options.hours })
  const rows = json.items
    .toSorted((a, b) => b.usd - a.usd)
    .map(({ service, quantity, unit, usd, what }) => [service, amount(quantity), unit, dollars(usd), what])
  return {
    json,
    text: (paint, columns) =>
      json.items.length === 0
        ? `Nothing was used since ${short(json.since)}.`
        : `${table(['SERVICE', 'QUANTITY', 'UNIT', 'USD', 'WHAT'], rows, paint, columns)}\n\n${summary(json)}`,
  }
}

function summary({ since, jobs, usdTotal, usdPerMillionJobs, prices }: Usage): string {
  const each = usdPerMillionJobs === undefined ? '' : `: ${dollars(usdPerMillionJobs)} USD per million`
  return [
    `${dollars(usdTotal)} USD since ${short(since)} for ${amount(jobs)} jobs that succeeded${each}.`,
    `List prices of ${prices.region}, ${prices.date}, without free tiers; storage, alarms and metrics cost extra.`,
  ].join('\n')
}

const amount = (value: number) => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : 0 })

/** Cents do not do for one job, nor six digits for a month. */
const dollars = (value: number) => value.toFixed(value < 1 ? 6 : 2)
