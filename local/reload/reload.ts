import { relative } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Settings } from '../command/settings.ts'
import type { Stack } from '../stack.ts'
import type { Log, Running } from '../types.ts'
import { readBundles } from './bundles.ts'
import { openCode } from './code.ts'
import { watchFiles } from './files.ts'
import { createTemplateCheck } from './template-check.ts'

export interface ReloadSettings {
  readonly settings: Settings
  readonly assemblyDir: string
  readonly stack: Pick<Stack, 'model' | 'replaceProcesses'>
  readonly log: Log
}

/** Each look reads the status of some 300 files, which takes a few milliseconds. */
const LOOK_MS = 200
/** An editor and git write several files one after the other. */
const SETTLE_MS = 50
/** A build that failed is tried again without a change: a source that it could not reach is not watched. */
const RETRY_MS = 1000

/**
 * Bundles a function's code again when one of its sources changes, and replaces its processes. Code that does not build is
 * one line in the log, and the code from before goes on running. A change of the template is a line too: it needs another start.
 * Resolves once all functions have code with source maps, for stack traces and a debugger.
 */
export async function startReload({ settings, assemblyDir, stack, log }: ReloadSettings): Promise<Running> {
  const code = await openCode(readBundles(assemblyDir, stack.model), assemblyDir)
  const templateSources = watchFiles(settings.watch ?? [])
  const templateCheck = createTemplateCheck({ settings, assemblyDir, stackName: stack.model.stackName, log })
  const stopping = new AbortController()
  let told = ''

  async function update(changed: readonly string[]): Promise<void> {
    const began = performance.now()
    const result = await code.update()
    if (result.ok) {
      stack.replaceProcesses(result.functionNames)
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      const functions = result.functionNames.length === 1 ? '1 function' : `${result.functionNames.length} functions`
      if (changed.length > 0) log('local', `${listed(changed)} changed: reloaded ${functions} in ${seconds} s`)
    } else if (result.problem !== told) log('local', `${result.problem}. The functions keep the code from before`)
    told = result.ok ? '' : result.problem
  }

  async function look(): Promise<void> {
    const ofTemplate = templateSources.changed()
    if (code.changed().length > 0) await wait(SETTLE_MS)
    const changed = code.changed()
    if (changed.length > 0 || code.failed()) await update(changed)
    if (changed.length + ofTemplate.length > 0 && !code.failed()) templateCheck.start()
  }

  async function lookUntilStopped(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await look()
      await wait(code.failed() ? RETRY_MS : LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  await update([])
  const ended = lookUntilStopped()
  return {
    async stop() {
      stopping.abort()
      await Promise.all([ended, templateCheck.stop()])
      await code.dispose()
    },
  }
}

/** `app/jobs/send-receipt.ts and 2 more` */
function listed(files: readonly string[]): string {
  const [first = '', ...others] = files.map((file) => relative('.', file))
  return others.length > 0 ? `${first} and ${others.length} more` : first
}
