import type { Command, Option } from 'commander'

/** For each command what may follow it; for each option with fixed values, these. */
export function completionScript(program: Command, shell: 'bash' | 'zsh'): string {
  const all = tree(program, '')
  const global = words(program.options)
  return [
    `# Completion of outbox for ${shell}, made by \`outbox completion ${shell}\``,
    '_outbox_words() {',
    '  local at="" word last=""',
    '  for word in "$@"; do',
    '    last="$word"',
    '    case "$at $word" in',
    `      ${all.map(({ path }) => `"${path}"`).join('|')}) at="$at $word" ;;`,
    '    esac',
    '  done',
    '  case "$last" in',
    ...choices(program).map(([flag, values]) => `    ${flag}) echo "${values}"; return ;;`),
    '  esac',
    '  case "$at" in',
    `    "") echo "${program.commands.map((command) => command.name()).join(' ')} ${global}" ;;`,
    ...all.map(({ path, next }) => `    "${path}") echo "${next} ${global}" ;;`),
    '  esac',
    '}',
    ...hooks[shell],
    '',
  ].join('\n')
}

const hooks = {
  bash: [
    '_outbox() {',
    '  local cur="${COMP_WORDS[COMP_CWORD]}"',
    '  COMPREPLY=($(compgen -W "$(_outbox_words "${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "$cur"))',
    '}',
    'complete -F _outbox outbox',
  ],
  zsh: ['_outbox() {', '  compadd -- ${=$(_outbox_words "${(@)words[2,CURRENT-1]}")}', '}', 'compdef _outbox outbox'],
} as const

function tree(command: Command, path: string): { path: string; next: string }[] {
  return command.commands.flatMap((child) => {
    const at = `${path} ${child.name()}`
    const values = child.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])
    const next = [...child.commands.map((c) => c.name()), ...values, words(child.options)].filter(Boolean).join(' ')
    return [{ path: at, next }, ...tree(child, at)]
  })
}

function words(options: readonly Option[]): string {
  return options.map(({ long }) => long).join(' ')
}

function choices(command: Command): [string, string][] {
  const own = command.options
    .filter(({ argChoices }) => argChoices)
    .map(({ long, argChoices }): [string, string] => [long ?? '', argChoices?.join(' ') ?? ''])
  return [...own, ...command.commands.flatMap(choices)]
}
