/** What the functions of a stack were granted, used, and refused, as its AWS endpoint has seen it. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Grant {
  /** The function's short name: `relay`. */
  readonly fn: string
  readonly action: string
  readonly resource: string
}

/** Grants of all functions. */
export interface Permissions {
  readonly granted: readonly Grant[]
  readonly unused: readonly Grant[]
  readonly refused: readonly Grant[]
}

export async function permissionsOf(awsUrl: string): Promise<Permissions> {
  type PerFunction = Readonly<Record<keyof Permissions, readonly Omit<Grant, 'fn'>[]>>
  type Report = { readonly functions: Readonly<Record<string, PerFunction>> }
  const { functions } = (await (await fetch(`${awsUrl}/_local/permissions`)).json()) as Report
  const all = (which: keyof Permissions) =>
    Object.entries(functions).flatMap(([name, grants]) =>
      grants[which].map((grant) => ({ ...grant, fn: name.replace(/^OutboxRelay-local-/, '') })),
    )
  return { granted: all('granted'), unused: all('unused'), refused: all('refused') }
}

/** Each refusal in a line: a grant that is missing in infra/ shows here first. */
export async function refusals(awsUrl: string): Promise<string[]> {
  const { refused } = await permissionsOf(awsUrl)
  return refused.map(({ fn, action, resource }) => `AccessDeniedException for ${fn}: ${action} on ${resource}`)
}

/** What no role needed on any of the stacks that were granted it. */
export function unusedOnAll(stacks: readonly Permissions[]): Grant[] {
  const keyOf = ({ fn, action, resource }: Grant) => JSON.stringify([fn, action, resource])
  const used = stacks.flatMap(({ granted, unused }) => {
    const left = new Set(unused.map(keyOf))
    return granted.map(keyOf).filter((key) => !left.has(key))
  })
  const known = new Set(used)
  return (stacks[0]?.unused ?? []).filter((grant) => !known.has(keyOf(grant)))
}

const notesIn = (dataDir: string) => join(dataDir, 'permissions')

/** Keeps what a further stack of the suite has used, for the end of the suite. @param dataDir of the suite's own stack */
export async function notePermissions(awsUrl: string, dataDir: string): Promise<void> {
  const permissions = await permissionsOf(awsUrl).catch(() => undefined)
  // One that is down has nothing to tell.
  if (!permissions) return
  mkdirSync(notesIn(dataDir), { recursive: true })
  writeFileSync(join(notesIn(dataDir), `${randomUUID()}.json`), JSON.stringify(permissions))
}

export function notedPermissions(dataDir: string): Permissions[] {
  mkdirSync(notesIn(dataDir), { recursive: true })
  return readdirSync(notesIn(dataDir)).map((file) => JSON.parse(readFileSync(join(notesIn(dataDir), file), 'utf8')))
}
