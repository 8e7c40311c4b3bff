import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

it('every script says first that Node is too old', () => {
  for (const [name, command] of Object.entries(scripts))
    expect(command, name).toMatch(/^node tools\/check-node\.mjs && /)
})

it.each(['local', 'console'])('every script of the workspace %s says first that Node is too old', (workspace) => {
  const { scripts } = JSON.parse(readFileSync(`${workspace}/package.json`, 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const [name, command] of Object.entries(scripts))
    expect(command, name).toMatch(/^node \.\.\/tools\/check-node\.mjs && /)
})

it('there are few enough scripts to know them all', () => expect(Object.keys(scripts).length).toBeLessThanOrEqual(14))

it.each(['18.20.0', '20.20.2', '22.1.0'])('Node %s is told in one line what to do', (version) => {
  const fake = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const { status, stderr } = spawnSync(process.execPath, ['-e', `${fake}; import('./tools/check-node.mjs')`], {
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toMatch(new RegExp(`^outbox: this is Node ${version}, and it needs 24\\. .*npm rebuild node.*\\n$`))
})

it('this Node is fine', () => {
  expect(execFileSync(process.execPath, ['tools/check-node.mjs'], { encoding: 'utf8' })).toBe('')
})

it.skipIf(process.getuid?.() === 0)('a console that cannot be written is one line, and no reason not to start', () => {
  const dir = mkdtempSync(join(tmpdir(), 'read-only-'))
  onTestFinished(() => {
    chmodSync(join(dir, 'console/web'), 0o755)
    rmSync(dir, { recursive: true })
  })
  cpSync('console', join(dir, 'console'), { recursive: true, filter: (file) => !file.includes('web/dist') })
  for (const name of ['docs', 'package.json', 'node_modules']) symlinkSync(resolve(name), join(dir, name))
  mkdirSync(join(dir, 'console/web'), { recursive: true })
  chmodSync(join(dir, 'console/web'), 0o555)
  const { status, stderr } = spawnSync(process.execPath, ['console/build-web.ts'], { cwd: dir, encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stderr).toMatch(
    /^The web console cannot be built here: .* cannot be written \(EACCES\); the stack starts without it\n$/,
  )
})
