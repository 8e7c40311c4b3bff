import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Settings } from '../command/settings.ts'
import { SynthesisError, synthesize } from '../command/synthesize.ts'
import { readAssembly } from '../template/assembly.ts'
import type { Log } from '../types.ts'

/**
 * Finds out whether the app still synthesizes the template that runs, and says so when it does not: a new lane, a new
 * schedule, and every other change of a resource needs another start.
 */
export interface TemplateCheck {
  /** Begins a check, in place of one that is under way. */
  start(): void
  stop(): Promise<void>
}

interface TemplateCheckSettings {
  readonly settings: Settings
  readonly assemblyDir: string
  readonly stackName: string
  readonly log: Log
}

/** A synthesis takes both cores for seconds; the functions that were reloaded start first. */
const DELAY_MS = 3000
/** The CDK's context key for a synthesis that bundles nothing, which takes half the time. */
const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] }

export function createTemplateCheck({ settings, assemblyDir, stackName, log }: TemplateCheckSettings): TemplateCheck {
  const outdir = `${assemblyDir}.next`
  const again = { ...settings, stackName, context: { ...settings.context, ...WITHOUT_BUNDLES } }
  const running = resourcesOf(assemblyDir, stackName)
  let current = { abort: new AbortController(), ended: Promise.resolve() }
  let told = ''

  async function check(signal: AbortSignal): Promise<void> {
    await wait(DELAY_MS, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    rmSync(outdir, { recursive: true, force: true })
    const line = await synthesize(again, outdir, signal)
      .then(() => changeOf(running, resourcesOf(outdir, stackName)))
      .catch((error: Error) => problemOf(error))
    rmSync(outdir, { recursive: true, force: true })
    if (signal.aborted) return
    if (line && line !== told) log('local', line)
    told = line
  }

  const end = async () => {
    current.abort.abort()
    await current.ended
  }
  return {
    start() {
      const ended = end()
      const abort = new AbortController()
      current = { abort, ended: ended.then(() => check(abort.signal)) }
    },
    stop: end,
  }
}

type Resources = ReadonlyMap<string, unknown>

/** The resources of a template, without where the code of a function is stored: that changes with its sources. */
function resourcesOf(assemblyDir: string, stackName: string): Resources {
  const { Resources } = readAssembly(assemblyDir, stackName).template
  return new Map(
    Object.entries(Resources).map(([logicalId, resource]) => {
      if (resource.Type !== 'AWS::Lambda::Function') return [logicalId, resource]
      return [logicalId, { ...resource, Properties: { ...(resource.Properties as object), Code: undefined } }]
    }),
  )
}

function changeOf(running: Resources, next: Resources): string {
  const changed = [...new Set([...running.keys(), ...next.keys()])].filter(
    (logicalId) => !isDeepStrictEqual(running.get(logicalId), next.get(logicalId)),
  )
  if (changed.length === 0) return ''
  const more = changed.length > 3 ? ` and ${changed.length - 3} more` : ''
  return `The template changed: ${changed.slice(0, 3).join(', ')}${more}. Stop the stack and start it again to run it`
}

function problemOf(error: Error): string {
  const output = error instanceof SynthesisError ? error.output.trim() : ''
  return `The app does not synthesize now, so the next start would fail: ${output || error.message}`
}
