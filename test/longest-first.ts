import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that run for more than half a minute, the longest first. Most of them wait: for a run time, a lease, a visibility timeout. */
const LONGEST = [
  'delays',
  'kill',
  'operators',
  'ordered',
  'lanes',
  'chaos',
  'cancel-race',
  'crashes',
  'real-stack',
  'command',
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
