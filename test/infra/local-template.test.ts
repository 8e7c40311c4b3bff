/** The template of the stage `local`: the local stack runs all of it, and leaves nothing out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadStack } from '../../local/template/load.ts'
import { type Props, StageTemplate } from './support/template.ts'

const dir = mkdtempSync(join(tmpdir(), 'outbox-relay-local-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** The template and its asset manifest, as an assembly has them; without the code. */
function writeAssembly({ json }: StageTemplate): void {
  const code = Object.values<Props>(json.Resources).flatMap(({ Properties }) => Properties?.Code?.S3Key ?? [])
  const files = code.map((objectKey) => [
    objectKey,
    { source: { path: '.', packaging: 'zip' }, destinations: { here: { objectKey } } },
  ])
  writeFileSync(join(dir, 'Stack.template.json'), JSON.stringify(json))
  writeFileSync(join(dir, 'Stack.assets.json'), JSON.stringify({ files: Object.fromEntries(files) }))
}

test.each([
  {},
  { apiType: 'rest' },
  { authorization: 'iam' },
  {
    ...{ authorization: 'jwt', jwtIssuer: 'https://issuer.example.com', jwtAudience: 'shop' },
    ...{ viewerScope: 'outbox/read', operatorScope: 'outbox/operate' },
  },
])('runs as a whole with %o', (context) => {
  writeAssembly(new StageTemplate('local', context))
  const { model, leftOut } = loadStack(dir, 'Stack', { awsPort: 4566 })
  expect(leftOut).toEqual([])
  expect(model.functions.length).toBeGreaterThan(10)
})
