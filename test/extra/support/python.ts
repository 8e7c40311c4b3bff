import { spawnSync } from 'node:child_process'

/** A Python that can import some modules: its command, or why what needs it is skipped. `PYTHON` names another one. */
export function python(modules: readonly string[], install: string): { path?: string; skipped: string } {
  const path = process.env.PYTHON ?? 'python3'
  const script = `import sys, ${modules.join(', ')}; assert sys.version_info >= (3, 11), "Python 3.11 is needed"`
  const { status, error, stderr } = spawnSync(path, ['-c', script], { encoding: 'utf8', timeout: 60_000 })
  if (status === 0) return { path, skipped: '' }
  const reason = error ? `no ${path}` : stderr.trim().split('\n').at(-1)
  return { skipped: ` (skipped: ${reason}; ${install}, or name a Python that has them with PYTHON)` }
}
