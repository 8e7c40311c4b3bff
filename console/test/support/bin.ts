/** The program as it is: a process of its own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')
export const main = join(root, 'console', 'cli', 'main.mjs')

/** Neither the AWS configuration of this machine nor its proxies. */
export const clean = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface How {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Called with all that came out so far; may write more, or end it. */
  readonly onOutput?: (output: string, child: ReturnType<typeof spawn>) => void
}

export function spawned(
  command: string,
  args: readonly string[],
  { env = {}, stdin = '', onOutput }: How = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...clean, ...env } })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      onOutput?.(out, child)
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
    if (onOutput) child.stdin.write(stdin)
    else child.stdin.end(stdin)
  })
}

/** Piped. */
export function bin(args: readonly string[], how: How = {}): Promise<Ended> {
  return spawned(process.execPath, [main, ...args], how)
}

/** Types once, as soon as the program has shown something. */
export function typing(after: string, keys: string): NonNullable<How['onOutput']> {
  let typed = false
  return (output, child) => {
    if (typed || !output.includes(after)) return
    typed = true
    child.stdin?.write(keys)
  }
}
