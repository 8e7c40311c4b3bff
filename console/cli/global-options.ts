import { type Command, Option } from 'commander'

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
