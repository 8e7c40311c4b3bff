/** `npx node test/audit/main.ts`: asks the registry for known vulnerabilities of what is shipped, and says so if it did not answer. */
import { spawnSync } from 'node:child_process'
import { verdictOf } from './verdict.ts'

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--omit=optional', '--json'], {
  encoding: 'utf8',
  timeout: 60_000,
})
const verdict = verdictOf(stdout ?? '', stderr ?? '')
if (verdict.kind === 'clean') console.log(`No known vulnerability in ${verdict.packages} packages.`)
if (verdict.kind === 'not-checked') console.log(`Dependencies not checked: ${verdict.why}`)
if (verdict.kind === 'vulnerable') {
  console.error(
    `Known vulnerabilities:\n${verdict.lines.map((line) => `  ${line}`).join('\n')}\nnpm audit has the details.`,
  )
  process.exitCode = 1
}
