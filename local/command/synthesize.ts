import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diskFailureIn } from '../disk.ts'
import type { Settings } from './settings.ts'

/** What the app printed, when it failed; {@link Error.message} is the one line. */
export class SynthesisError extends Error {
  override readonly name = 'SynthesisError'
  readonly output: string

  constructor(message: string, output: string) {
    super(message)
    this.output = output
  }
}

/**
 * Runs the CDK app as the CDK CLI does, without it: the app writes its assembly to CDK_OUTDIR. Resolves to the name of
 * the stack to run. An error annotation fails it, as it would fail `cdk deploy`.
 */
export async function synthesize(settings: Settings, outdir: string, signal: AbortSignal): Promise<string> {
  const { app, context } = settings
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) }
  const { code, output } = await run(app, env, signal)
  signal.throwIfAborted()
  if (code !== 0)
    throw (
      diskFailureIn(output, settings.dataDir) ??
      new SynthesisError(`Synthesis failed: \`${app}\` ended with ${code}. Correct what it says`, output)
    )
  return chooseStack(outdir, settings.stackName, output)
}

function run(command: string, env: NodeJS.ProcessEnv, signal: AbortSignal) {
  return new Promise<{ code: number | string; output: string }>((resolve, reject) => {
    // A session of its own, so that one signal reaches the shell, the app and its bundlers.
    const child = spawn(command, { shell: true, detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    const kill = () => child.pid && process.kill(-child.pid, 'SIGTERM')
    signal.addEventListener('abort', kill, { once: true })
    child.once('exit', () => signal.removeEventListener('abort', kill))
    child.once('close', (code, by) => resolve({ code: code ?? by ?? 'an error', output }))
    child.once('error', reject)
  })
}

const MANIFEST = 'manifest.json'

interface Artifact {
  readonly type: string
  readonly metadata?: Readonly<Record<string, readonly { type: string; data?: unknown }[]>>
  readonly additionalMetadataFile?: string
}

function chooseStack(outdir: string, wanted: string | undefined, output: string): string {
  const manifest = join(outdir, MANIFEST)
  if (!existsSync(manifest)) {
    throw new SynthesisError('Synthesis wrote no assembly. See that the app creates a stack in a cdk.App', output)
  }
  const artifacts: Record<string, Artifact> = JSON.parse(readFileSync(manifest, 'utf8')).artifacts ?? {}
  const stacks = Object.keys(artifacts).filter((name) => artifacts[name]?.type === 'aws:cloudformation:stack')
  const chosen = wanted === undefined && stacks.length === 1 ? stacks[0] : stacks.find((name) => name === wanted)
  if (chosen === undefined) {
    throw new SynthesisError(`The app has the stacks ${stacks.join(', ') || '(none)'}. Choose one with --stack`, output)
  }
  const errors = annotations(outdir, artifacts[chosen])
  if (errors.length > 0) throw new SynthesisError(`Synthesis failed: ${errors.join('; ')}`, '')
  return chosen
}

/** What `Annotations.of(…).addError` left. The app itself ends with 0; it is the CDK CLI that refuses to go on. */
function annotations(outdir: string, artifact: Artifact | undefined): string[] {
  return metadataOf(outdir, artifact)
    .filter(({ type }) => type === 'aws:cdk:error')
    .map(({ path, data }) => `${path}: ${data}`)
}

/** What the constructs of a stack left in its assembly with `node.addMetadata(type, …)`. */
export function readMetadata(outdir: string, stackName: string, type: string): unknown[] {
  const manifest: { artifacts?: Record<string, Artifact> } = JSON.parse(readFileSync(join(outdir, MANIFEST), 'utf8'))
  return metadataOf(outdir, manifest.artifacts?.[stackName])
    .filter((entry) => entry.type === type)
    .map(({ data }) => data)
}

function metadataOf(outdir: string, artifact: Artifact | undefined) {
  const further = artifact?.additionalMetadataFile
  const all: NonNullable<Artifact['metadata']> = {
    ...artifact?.metadata,
    ...(further && JSON.parse(readFileSync(join(outdir, further), 'utf8'))),
  }
  return Object.entries(all).flatMap(([path, entries]) => entries.map((entry) => ({ ...entry, path })))
}
