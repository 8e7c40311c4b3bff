import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { keepLoopbackDirect } from './local/loopback.ts'
import { leftOut } from './test/e2e/support/selection.ts'
import { LongestFirst } from './test/longest-first.ts'

// The workers and what they start inherit both. A stack of its own, of which many tests start one, needs half the time of
// the processor for its start when its code was compiled before.
keepLoopbackDirect(process.env)
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache')

/** CloudFormation's schema check takes seconds of each synthesis. The tests of `infra` that are about it switch it on. */
const withoutSchemaCheck = { CDK_VALIDATION: 'false' }

/** One project per kind of test, so that each can run alone: `npx vitest run --project unit`. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      // Without isolation, here and below: what the files of a worker import is loaded once.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 30_000,
          // As many as in the other projects of its group, which vitest runs at the same time.
          maxWorkers: 3,
          isolate: false,
        },
      },
      {
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          env: withoutSchemaCheck,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Loading the CDK and synthesizing the stages cost far more than the tests, which only read what came out.
          isolate: false,
          maxWorkers: 3,
          // Beside the browser: either would end with a single file that leaves a core idle.
          sequence: { groupOrder: 2 },
        },
      },
      // Takes both cores for minutes, so `npm run check` runs it and `npm test` does not. The model and the simulation are
      // those of `unit`, long enough to meet everything that can happen.
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts', 'test/unit/model.test.ts', 'test/unit/simulation.test.ts'],
          env: { MODEL_RUNS: '1000', SIMULATION_JOBS: '4000' },
          testTimeout: 400_000,
          // Three of the files wait for most of their time.
          maxWorkers: 4,
          sequence: { groupOrder: 5 },
        },
      },
      // Three at a time on two cores: most of what these do is wait, for an engine, a visibility timeout, a process.
      {
        test: {
          name: 'local',
          include: ['local/test/**/*.test.ts'],
          globalSetup: ['local/test/support/shared-dynamodb.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          isolate: false,
        },
      },
      // The adapters, on DynamoDB Local.
      {
        test: {
          name: 'store',
          include: ['test/store/**/*.test.ts'],
          globalSetup: ['local/test/support/shared-dynamodb.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          isolate: false,
        },
      },
      // With tools that this repository does not bring; where they are missing, each says so and is skipped. Not in `npm test`:
      // two of them run the whole black-box suite again. `.ci/run` has them, on a machine that does nothing else.
      {
        test: {
          name: 'extra',
          include: ['test/extra/**/*.test.ts'],
          exclude: ['test/extra/aws-runtime.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'runtime-client',
          include: ['test/extra/aws-runtime.test.ts'],
          testTimeout: 1_200_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'console',
          include: ['console/test/**/*.test.ts'],
          exclude: ['console/test/browser/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 3,
          isolate: false,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['console/test/browser/**/*.test.ts', 'test/browser/**/*.test.ts'],
          env: withoutSchemaCheck,
          globalSetup: ['console/test/browser/support/global-setup.ts'],
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          isolate: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          env: withoutSchemaCheck,
          // Run against a stack that somebody names, only what says something of that stack.
          exclude: Object.keys(leftOut(process.env)),
          globalSetup: ['test/e2e/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Most of the time these wait for the stack; and while they do, no other project takes its cores.
          maxWorkers: 5,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Not in `npm test`: it packs, bundles and runs an app of its own. `npm run check` has it.
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          // Each builds the same dist/.
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
