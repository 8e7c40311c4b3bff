/** The construct: `outbox-relay/cdk`. */

export { ConfigError } from '../infra/config/config-error.ts'
export type { StageConfig, StageName } from '../infra/config/stage-config.ts'
export { OutboxRelay } from '../infra/outbox-relay.ts'
export type { ExistingApi, LaneResources, OutboxRelayProps } from '../infra/outbox-relay-props.ts'
export type { AnyTable } from '../infra/storage/records-table.ts'
