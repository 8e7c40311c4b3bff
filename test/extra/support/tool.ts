import { spawnSync } from 'node:child_process'

/**
 * A program that this repository does not bring: where it is, or why a check that needs it is skipped.
 * @param variable names the environment variable that gives its path
 * @param install how to get it
 */
export function tool(program: string, variable: string, install: string): { path?: string; skipped: string } {
  const path = process.env[variable] ?? program
  const found = spawnSync(path, ['--help'], { stdio: 'ignore', timeout: 60_000 }).status === 0
  return found
    ? { path, skipped: '' }
    : { skipped: ` (skipped: no ${program}; ${install}, or name it with ${variable})` }
}
