import type { Command } from 'commander'
import { moment } from './time.ts'

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
    ...(type === undefined ? {} : { type }),
    ...(since === undefined ? {} : { since: moment(since, '--since', now) }),
    ...(until === undefined ? {} : { until: moment(until, '--until', now) }),
  }
}
