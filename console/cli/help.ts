import { exit } from '../api-client/failure.ts'

/** How each command is used: in its own help, in docs/cli.md, and each of them run by a test. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  start: ['outbox start', "outbox start --app 'node infra/app.ts' -c stage=dev"],
  demo: ['outbox demo'],
  enqueue: [
    `outbox enqueue probe '{"key":"hello"}' --delay 10s`,
    'outbox enqueue send-receipt - --idempotency-key order-17 < payload.json',
  ],
  'jobs ls': [
    'outbox jobs ls --status retrying --type send-receipt --since 2h',
    'outbox jobs ls --record order/0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a',
  ],
  'jobs get': ['outbox jobs get 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a'],
  'jobs wait': ['outbox jobs wait 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a --timeout 10m'],
  'jobs cancel': ['outbox jobs cancel 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a'],
  'jobs replay': [
    'outbox jobs replay 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a',
    `outbox jobs replay 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a --payload '{"key":"other"}'`,
    'outbox jobs replay 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a --edit',
  ],
  'batches ls': ['outbox batches ls --status open'],
  'batches get': ['outbox batches get 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a'],
  'batches jobs': ['outbox batches jobs 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a --status dead'],
  'batches seal': ['outbox batches seal 0198c1d0-7a3e-7000-8000-1f2e3d4c5b6a'],
  'dlq ls': ['outbox dlq ls --stage prod', 'outbox dlq ls --type send-receipt --since 1d'],
  'dlq redrive': [
    'outbox dlq redrive --type send-receipt --since 2h --dry-run',
    `outbox dlq redrive --error 'Rate exceeded' --yes`,
    'outbox dlq redrive --all --yes',
  ],
  stats: ['outbox stats --stage prod --watch', `outbox stats --output json`],
  alarms: ['outbox alarms', 'outbox alarms --stage prod'],
  usage: ['outbox usage', 'outbox usage --stage prod --hours 168'],
  'schedules ls': ['outbox schedules ls'],
  'lanes ls': ['outbox lanes ls'],
  'lanes pause': ['outbox lanes pause bulk'],
  'lanes resume': ['outbox lanes resume bulk'],
  reconcile: ['outbox reconcile'],
  'actions ls': ['outbox actions ls --limit 20'],
  doctor: ['outbox doctor', 'outbox doctor --stage prod --drift'],
  console: ['outbox console --stage prod --profile ops'],
  completion: ['eval "$(outbox completion bash)"', 'outbox completion zsh > ~/.outbox.zsh'],
}

export const exitCodeRows: readonly (readonly [code: number, meaning: string])[] = [
  [exit.done, 'done'],
  [
    exit.refused,
    'the API refused or failed, a check of `doctor` failed, `jobs wait` met no success, or you answered no',
  ],
  [exit.usage, 'wrong usage'],
  [exit.unreachable, 'the API, its stack or AWS cannot be found or reached'],
  [exit.notAllowed, 'not allowed, or no valid credentials'],
  [exit.interrupted, 'interrupted by Ctrl-C'],
]

export const exitCodes = [
  'Exit codes:',
  ...exitCodeRows.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`),
].join('\n')
