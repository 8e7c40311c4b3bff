import { exit } from '../api-client/failure.ts'

export const exitCodeRows: readonly (readonly [code: number, meaning: string])[] = [
  [exit.done, 'done'],
  [exit.refused, 'the API refused or failed, a check of `doctor` failed, or you answered no'],
  [exit.usage, 'wrong usage'],
  [exit.unreachable, 'the API, its stack or AWS cannot be found or reached'],
  [exit.notAllowed, 'not allowed, or no valid credentials'],
  [exit.interrupted, 'interrupted by Ctrl-C'],
]

export const exitCodes = [
  'Exit codes:',
  ...exitCodeRows.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`),
].join('\n')
