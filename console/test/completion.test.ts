import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { outbox } from './support/fake-ports.ts'

/** What bash offers after these words; the last is the one being typed. */
function completed(script: string, words: readonly string[]): string[] {
  const line = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _outbox; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(Boolean)
}

test.each([
  [
    ['outbox', 'd'],
    ['demo', 'dlq', 'doctor'],
  ],
  [['outbox', 'dlq', ''], ['ls', 'redrive'], 'and options'],
  [['outbox', '--stage', 'prod', 'jobs', 'c'], ['cancel']],
  [['outbox', 'dlq', 'redrive', '--d'], ['--dry-run']],
  [
    ['outbox', 'jobs', 'ls', '--status', 'r'],
    ['running', 'retrying'],
  ],
  [
    ['outbox', 'stats', '--output', ''],
    ['table', 'json'],
  ],
  [['outbox', 'completion', ''], ['bash', 'zsh'], 'and options'],
])('bash: %j', async (words, offered, more?: string) => {
  const { out } = await outbox('completion bash')
  const found = completed(out, words)
  expect(more ? found.filter((word) => !word.startsWith('--')) : found).toEqual(offered)
})

const hasZsh = spawnSync('zsh', ['--version']).status === 0
test.skipIf(!hasZsh)(`zsh can read its script${hasZsh ? '' : ' (skipped: needs zsh)'}`, async () => {
  const { out } = await outbox('completion zsh')
  expect(spawnSync('zsh', ['-n'], { input: out, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
})
