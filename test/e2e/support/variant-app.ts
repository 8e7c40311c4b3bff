/**
 * The CDK app for a stack that differs from that of the suite in its context alone. The code of its functions is the same, so
 * it comes from the assembly of the suite: to bundle it would take longer than everything else.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../../infra/create-app.ts'
import { readTemplate, type Template, writeTemplate } from './template.ts'

const { CDK_OUTDIR = '', E2E_ASSEMBLY = '' } = process.env
const unbundled = mkdtempSync(join(tmpdir(), 'outbox-variant-'))
createApp({ 'aws:cdk:bundling-stacks': [] }, unbundled).synth()
const variant = readTemplate(unbundled)
rmSync(unbundled, { recursive: true })

const codeOf = new Map(functionsOf(readTemplate(E2E_ASSEMBLY)).map(({ FunctionName, Code }) => [FunctionName, Code]))
for (const properties of functionsOf(variant)) properties.Code = codeOf.get(properties.FunctionName)
cpSync(E2E_ASSEMBLY, CDK_OUTDIR, { recursive: true })
writeTemplate(CDK_OUTDIR, variant)

function functionsOf({ Resources }: Template) {
  return Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::Lambda::Function' ? [Properties] : [],
  )
}
