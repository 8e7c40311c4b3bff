import type { Command } from 'commander'

/** The commands that do something, each with the words that lead to it: `dlq redrive`. */
export function leaves(command: Command, path: readonly string[] = []): [path: string, command: Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]]
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]))
}
