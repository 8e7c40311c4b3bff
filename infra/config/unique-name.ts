import { Stack, Token } from 'aws-cdk-lib'
import type { Construct, IConstruct } from 'constructs'
import { ConfigError } from './config-error.ts'

/** Paths of the outboxes of an app, by the names that they took. */
const taken = new WeakMap<IConstruct, Map<string, string>>()

/**
 * Takes the start of all physical names of an outbox. Stacks whose account and region are known only at deploy time may be
 * meant for different ones, so they are compared with themselves alone.
 *
 * @throws ConfigError when another outbox of the app has the name in the same account and region
 */
export function takeName(outbox: Construct, name: string): void {
  const { root, path } = outbox.node
  const names = taken.get(root) ?? new Map<string, string>()
  taken.set(root, names)
  const { account, region, node } = Stack.of(outbox)
  const places = [node.path, ...([account, region].some(Token.isUnresolved) ? [] : [`${account} ${region}`])]
  for (const place of places) {
    const other = names.get(`${place} ${name}`)
    if (other !== undefined)
      throw new ConfigError(
        `outboxes ${other} and ${path} would give their tables and queues the same names, which begin with "${name}": set the property \`name\` of one of them`,
      )
    names.set(`${place} ${name}`, path)
  }
}
