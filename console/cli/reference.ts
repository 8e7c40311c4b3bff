/**
 * The part of docs/cli.md that the program itself tells.
 *
 *     npx node console/cli/reference.ts    # writes it anew
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, type Option } from 'commander'
import { commands, leaves } from './commands.ts'
import { examples, exitCodeRows } from './help.ts'
import { addGlobalOptions } from './options.ts'
import type { Session } from './session.ts'

const mark = '<!-- What follows is written by `npx node console/cli/reference.ts`. -->\n'

/** The page as it should be: its prose, and below it what the program says of itself now. */
export function withReference(page: string): string {
  return page.slice(0, page.indexOf(mark) + mark.length) + reference()
}

function reference(): string {
  const program = addGlobalOptions(new Command('outbox'))
  // Registering touches no port; nothing is run here.
  for (const register of commands) register(program, {} as Session)
  return [
    '',
    '## Exit codes',
    '',
    ...rows(
      ['code', 'means'],
      exitCodeRows.map(([code, meaning]) => [String(code), meaning]),
    ),
    '',
    '## Options of every command',
    '',
    ...optionRows(program.options),
    '',
    '## Commands',
    ...leaves(program).flatMap(([path, command]) => section(path, command)),
    '',
  ].join('\n')
}

function section(path: string, command: Command): string[] {
  const words = command.registeredArguments.map((arg) => (arg.required ? `<${arg.name()}>` : `[${arg.name()}]`))
  const args = command.registeredArguments.filter(({ description }) => description)
  return [
    '',
    `### \`outbox ${[path, ...words].join(' ')}\``,
    '',
    sentence(command.description()),
    '',
    '```sh',
    ...(examples[path] ?? []),
    '```',
    ...(args.length > 0
      ? [
          '',
          ...rows(
            ['argument', ''],
            args.map((arg) => [`\`${arg.name()}\``, arg.description]),
          ),
        ]
      : []),
    ...(command.options.length > 0 ? ['', ...optionRows(command.options)] : []),
  ]
}

function optionRows(options: readonly Option[]): string[] {
  return rows(
    ['option', ''],
    options.map(({ flags, description, argChoices, defaultValue, defaultValueDescription }) => {
      const choices = argChoices ? `: ${argChoices.join(', ')}` : ''
      const fallback = defaultValueDescription ?? (defaultValue === undefined ? undefined : String(defaultValue))
      return [`\`${flags}\``, `${description}${choices}${fallback ? ` (default: ${fallback})` : ''}`]
    }),
  )
}

function rows(heads: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...cells.map(line)]
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

if (import.meta.main) {
  const page = join(import.meta.dirname, '..', '..', 'docs', 'cli.md')
  writeFileSync(page, withReference(readFileSync(page, 'utf8')))
}
