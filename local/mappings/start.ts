/** Emulates the event source mappings of a stack: DynamoDB streams and SQS queues that invoke functions. */
import { join } from 'node:path'
import type { QueueMapping, StackModel, StreamMapping } from '../model.ts'
import type { Functions, Log, Metrics, Running } from '../types.ts'
import type { MappingContext, Runner, Timing } from './context.ts'
import { clientsOf, defaultTiming } from './context.ts'
import { createQueueMapping } from './queue-mapping.ts'
import { readState, writeState } from './state-file.ts'
import { createStreamMapping } from './stream-mapping.ts'

export interface MappingStatus {
  readonly logicalId: string
  readonly functionName: string
  readonly kind: 'stream' | 'queue'
  readonly source: string
  readonly enabled: boolean
}

export interface Mappings extends Running {
  list(): readonly MappingStatus[]
  /**
   * Pauses or resumes the mapping with this logical id, or all of the function with this name; a later start of the
   * stack remembers it. Returns what was switched: an empty list means that nothing has this name.
   */
  setEnabled(name: string, enabled: boolean): Promise<readonly MappingStatus[]>
}

/**
 * Starts every mapping of the model. State (checkpoints, what is paused) is kept below `dataDir`.
 * Throws before anything runs if a mapping is one that Lambda would refuse, naming the mapping and what to do.
 */
export async function startMappings(parts: {
  readonly model: StackModel
  readonly gatewayUrl: string
  readonly functions: Pick<Functions, 'invoke'>
  readonly dataDir: string
  readonly log: Log
  readonly metrics: Metrics
  readonly timing?: Partial<Timing>
}): Promise<Mappings> {
  const { model, gatewayUrl, functions, log, metrics } = parts
  const stateDir = join(parts.dataDir, 'mappings')
  const timing = { ...defaultTiming, ...parts.timing }
  const switchesFile = join(stateDir, 'enabled.json')
  const switches = new Map(Object.entries(((await readState(switchesFile)) ?? {}) as Record<string, boolean>))

  const runners = new Map<string, Runner>()
  for (const mapping of model.mappings) {
    const clients = clientsOf(mapping.functionName, gatewayUrl, model.region)
    runners.set(mapping.logicalId, await create({ model, functions, log, metrics, clients, timing, stateDir }, mapping))
  }

  const isEnabled = (mapping: Mapping) => switches.get(mapping.logicalId) ?? mapping.enabled
  const statusOf = (mapping: Mapping): MappingStatus => ({
    logicalId: mapping.logicalId,
    functionName: mapping.functionName,
    kind: mapping.kind,
    source: mapping.kind === 'stream' ? mapping.streamArn : mapping.queueArn,
    enabled: isEnabled(mapping),
  })
  await Promise.all(model.mappings.filter(isEnabled).map((mapping) => runners.get(mapping.logicalId)?.enable()))

  let saved: Promise<void> = Promise.resolve()
  let stopping: Promise<void> | undefined
  return {
    list: () => model.mappings.map(statusOf),
    async setEnabled(name, enabled) {
      const chosen = model.mappings.filter(({ logicalId, functionName }) => logicalId === name || functionName === name)
      for (const { logicalId } of chosen) {
        switches.set(logicalId, enabled)
        if (!enabled) runners.get(logicalId)?.disable()
      }
      saved = saved.then(() => writeState(switchesFile, Object.fromEntries(switches)))
      await saved
      if (enabled) await Promise.all(chosen.map(({ logicalId }) => runners.get(logicalId)?.enable()))
      return chosen.map(statusOf)
    },
    stop() {
      stopping ??= Promise.all([...runners.values()].map((runner) => runner.stop())).then(() => undefined)
      return stopping
    },
  }
}

type Mapping = StreamMapping | QueueMapping

async function create(context: MappingContext, mapping: Mapping): Promise<Runner> {
  try {
    return mapping.kind === 'stream'
      ? await createStreamMapping(context, mapping)
      : createQueueMapping(context, mapping)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${mapping.logicalId} (AWS::Lambda::EventSourceMapping of ${mapping.functionName}): ${reason}`, {
      cause,
    })
  }
}
