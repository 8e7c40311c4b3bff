/** The templates under the eyes of AWS's own linter for CloudFormation, with the schemas of all resource types. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { StageTemplate } from '../infra/support/template.ts'
import { tool } from './support/tool.ts'

const { path, skipped } = tool('cfn-lint', 'CFN_LINT', 'pip install cfn-lint')
const directory = mkdtempSync(join(tmpdir(), 'outbox-lint-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** What the CDK always writes, and does no harm: an order of creation that a reference implies already. */
const ignored = 'W3005'

async function lint(template: StageTemplate): Promise<string> {
  const file = join(directory, 'template.json')
  writeFileSync(file, JSON.stringify(template.json))
  const child = spawn(path!, ['--ignore-checks', ignored, '--regions', 'eu-west-1', '--', file])
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return output.trim()
}

describe.skipIf(!path)(`cfn-lint${skipped}`, () => {
  test.each<[string, Record<string, string>]>([
    ['localstack', {}],
    ['dev', { mailSender: 'shop@example.com', alarmEmail: 'ops@example.com' }],
    ['dev', { apiType: 'rest' }],
    ['prod', {}],
    [
      'prod',
      {
        authorization: 'jwt',
        jwtIssuer: 'https://issuer.example.com',
        jwtAudience: 'shop',
        viewerScope: 'outbox/read',
        operatorScope: 'outbox/operate',
      },
    ],
  ])('has nothing to say of stage %s with %j', async (stage, context) => {
    expect(await lint(new StageTemplate(stage, context))).toBe('')
  })
})
