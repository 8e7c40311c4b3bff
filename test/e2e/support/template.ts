/** The template of the one stack in an assembly, to be changed by a test. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Resource {
  readonly Type: string
  readonly Properties: Record<string, unknown>
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
}

const fileIn = (assembly: string) => join(assembly, globSync('*.template.json', { cwd: assembly })[0] ?? '')

export function readTemplate(assembly: string): Template {
  return JSON.parse(readFileSync(fileIn(assembly), 'utf8')) as Template
}

export function writeTemplate(assembly: string, template: Template): void {
  writeFileSync(fileIn(assembly), JSON.stringify(template))
}
