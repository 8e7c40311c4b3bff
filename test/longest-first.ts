import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The longest files, in the order in which they start. Some wait for most of their time: for a run time, a lease, a visibility
 * timeout. They begin beside some that need the processor.
 */
const LONGEST = [
  'delays',
  'crashes',
  'ordered',
  'chaos',
  'kill',
  'lanes',
  'operators',
  'lane-control',
  'dead-letters',
  'job-actions',
  'cancel-race',
  'accessibility',
  'synth',
  'real-stack',
  'command',
  'stack',
  'stream-mappings',
  'model',
  'simulation',
  'throttled-calls',
  'rate-limits',
  'neighbours',
  'record-values',
  'document-client',
  'schedules',
]

/** Starts the longest files first, so that a project does not end with one of them alone. Vitest itself begins with the largest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return at < 0 ? LONGEST.length : at
}
