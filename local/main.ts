import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { readSettings, type Settings } from './command/settings.ts'
import { Stopped, stopSignal } from './command/signals.ts'
import { SynthesisError, synthesize } from './command/synthesize.ts'
import { takeDataDir } from './data-dir.ts'
import { diskFailure, orFullDisk } from './disk.ts'
import { keepLoopbackDirect } from './loopback.ts'
import type { ReloadSettings } from './reload/reload.ts'
import { type Stack, startStack } from './stack.ts'
import { holdPort } from './tcp-port.ts'
import type { Running } from './types.ts'

/**
 * Synthesizes a CDK app and runs its stack on this machine until it is told to stop.
 *
 *     node local/main.ts --app 'node infra/app.ts' -c stage=local
 */
async function main(): Promise<void> {
  keepLoopbackDirect(process.env)
  const signal = stopSignal()
  const settings = readSettings(process.argv.slice(2), process.env)
  await checkEarly(settings)

  say(`Synthesizing with \`${settings.app}\` …`)
  const assemblyDir = resolve(settings.dataDir, 'cdk.out')
  rmSync(assemblyDir, { recursive: true, force: true }) // What an earlier app left must not pass for this one's.
  const stackName = await synthesize(settings, assemblyDir, signal)

  say(`Starting ${stackName} …`)
  const began = performance.now()
  const log = (source: string, line: string) => {
    // Metrics are for the alarms, which have them already; a person wants to read what happened.
    if (!isMetrics(line)) say(`${source.replace(`${stackName}-`, '')} | ${line}`)
  }
  const diskIsFull = diskFailure(settings.dataDir)
  const stack = await startStack({ ...settings, assemblyDir, stackName, log, signal })
  const reload = await reloadIfAsked({ settings, assemblyDir, stack, log })
  say(welcome(stack, settings, performance.now() - began))

  const failure = await Promise.race([stack.failed, diskIsFull, aborted(signal)])
  if (!failure) say('Stopping …')
  await reload?.stop()
  await stack.stop()
  if (failure) throw orFullDisk(failure, settings.dataDir)
  say('Stopped.')
}

/** esbuild, which an app brings, is loaded only where it is needed. */
async function reloadIfAsked(of: ReloadSettings): Promise<Running | undefined> {
  return of.settings.watch && (await import('./reload/reload.ts')).startReload(of)
}

/** What would fail after synthesis fails before it, unless an earlier stack is just about to let go. */
async function checkEarly({ port, awsPort, dataDir }: Settings): Promise<void> {
  const until = Date.now() + 3_000
  for (;;) {
    try {
      takeDataDir(dataDir).release()
      await (await holdPort(port, 'PORT')).release()
      return await (await holdPort(awsPort, 'AWS_PORT')).release()
    } catch (error) {
      if (Date.now() > until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function welcome({ apiUrl, awsUrl, model }: Stack, { dataDir, files }: Settings, ms: number): string {
  return [
    `${model.stackName} is ready after ${(ms / 1000).toFixed(1)} s.`,
    '',
    ...(apiUrl ? [`  API                 ${apiUrl}`] : []),
    ...(apiUrl ? files.map(({ path }) => `  ${titleOf(path).padEnd(20)}${apiUrl}${path}/`) : []),
    `  Local AWS endpoint  ${awsUrl}   (for AWS_ENDPOINT_URL; any region, any key)`,
    `  Mails               ${awsUrl}/_aws/ses`,
    '',
    `  Ctrl-C stops it. What it stored stays in ${dataDir}.`,
    '',
  ].join('\n')
}

/** A line in CloudWatch's embedded metric format. */
function isMetrics(line: string): boolean {
  return line.startsWith('{"_aws":{')
}

/** `/docs` → `Docs` */
function titleOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

// The reader of the output may end first; that is not a failure.
process.stdout.on('error', () => {})

main().then(
  () => process.exit(0),
  (error: unknown) => {
    if (error instanceof Stopped) process.exit(0)
    if (error instanceof SynthesisError && error.output) process.stderr.write(`${error.output.trimEnd()}\n\n`)
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  },
)
