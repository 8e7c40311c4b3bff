import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { TemplateError } from './errors.ts'

const resource = z.strictObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
  DependsOn: z.unknown().optional(),
  Metadata: z.unknown().optional(),
  DeletionPolicy: z.unknown().optional(),
  UpdateReplacePolicy: z.unknown().optional(),
})

/** Sections that change what is deployed are read; `Transform` is none of them, and is refused by its absence here. */
const template = z.strictObject({
  AWSTemplateFormatVersion: z.unknown().optional(),
  Description: z.unknown().optional(),
  Metadata: z.unknown().optional(),
  /** Assertions about parameters; ours have their defaults. */
  Rules: z.unknown().optional(),
  Parameters: z.record(z.string(), z.looseObject({ Type: z.string(), Default: z.unknown().optional() })).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resource),
  Outputs: z
    .record(z.string(), z.looseObject({ Value: z.unknown().optional(), Condition: z.string().optional() }))
    .default({}),
})

const assets = z.looseObject({
  files: z.record(
    z.string(),
    z.looseObject({
      source: z.looseObject({ path: z.string().optional(), packaging: z.string().optional() }),
      destinations: z.record(z.string(), z.looseObject({ objectKey: z.string() })),
    }),
  ),
})

export type Template = z.infer<typeof template>
export type RawResource = z.infer<typeof resource>

export interface Assembly {
  readonly template: Template
  /** S3 object key of a zip asset → the directory it is made of. */
  readonly assetDirs: ReadonlyMap<string, string>
}

/** Reads `<stackName>.template.json` and the asset manifest next to it, as `cdk synth` writes them. */
export function readAssembly(dir: string, stackName: string): Assembly {
  const stack = { logicalId: stackName, type: 'stack' }
  const templateFile = join(dir, `${stackName}.template.json`)
  if (!existsSync(templateFile)) {
    throw new TemplateError(stack, `${templateFile} does not exist`, 'Synthesize this stack into that directory first')
  }
  const read = template.safeParse(JSON.parse(readFileSync(templateFile, 'utf8')))
  if (!read.success)
    throw new TemplateError(stack, problems(read.error), 'Write the template without it for this stage')
  const assetsFile = join(dir, `${stackName}.assets.json`)
  return { template: read.data, assetDirs: existsSync(assetsFile) ? readAssets(dir, assetsFile) : new Map() }
}

function readAssets(dir: string, file: string): Map<string, string> {
  const dirs = new Map<string, string>()
  for (const asset of Object.values(assets.parse(JSON.parse(readFileSync(file, 'utf8'))).files)) {
    if (asset.source.packaging !== 'zip' || asset.source.path === undefined) continue
    for (const { objectKey } of Object.values(asset.destinations)) dirs.set(objectKey, resolve(dir, asset.source.path))
  }
  return dirs
}

/** Zod's findings in one line, each with its path. */
export function problems(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'top level'}: ${message}`).join('; ')
}
