import { type Command, Option } from 'commander'
import { moment } from './time.ts'

/** What every command takes: which stack, and how to answer. */
export function addGlobalOptions(program: Command): Command {
  const output = new Option('--output <format>', 'the format')
  return program
    .option('--url <url>', 'the API; also API_URL (default: http://localhost:3000)')
    .option('--stage <name>', 'the deployed stack OutboxRelay-<name>, with your AWS credentials')
    .option('--stack <name>', 'a deployed stack by its full name')
    .option('--region <region>', 'the region of that stack (default: your AWS configuration)')
    .option('--profile <name>', 'the AWS profile (default: your AWS configuration)')
    .addOption(output.choices(['table', 'json']).default(undefined, 'table at a terminal, else json'))
}

export interface Range {
  readonly type?: string
  readonly since?: string
  readonly until?: string
}

/** The options that narrow a list. */
export function addRange(command: Command): Command {
  return command
    .option('--type <type>', 'only jobs of this type')
    .option('--since <time>', 'from this time on: 2h (ago), or 2026-11-30T03:00:00Z')
    .option('--until <time>', 'before this time')
}

export function rangeOf({ type, since, until }: Range, now: Date): Range {
  return {
    // An option that is absent has no key: a redrive refuses a range without keys.
    ...(type === undefined ? {} : { type }),
    ...(since === undefined ? {} : { since: moment(since, '--since', now) }),
    ...(until === undefined ? {} : { until: moment(until, '--until', now) }),
  }
}
