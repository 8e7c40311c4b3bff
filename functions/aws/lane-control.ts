import { GetEventSourceMappingCommand, LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { clientSettings } from './client-settings.ts'

/** `changing`: AWS takes a few seconds to stop or start its pollers. */
export type LaneState = 'running' | 'paused' | 'changing'

/** Pauses and resumes lanes. A paused lane keeps its messages; what has run already ends as usual. */
export interface LaneControl {
  state(lane: string): Promise<LaneState>
  /** Takes effect within seconds; what it answers is the state then and there. */
  setRunning(lane: string, running: boolean): Promise<LaneState>
}

/** @param mappings UUID of the event source mapping of each lane */
export function laneControl(mappings: ReadonlyMap<string, string>): LaneControl {
  let client: LambdaClient | undefined
  const lambda = () => {
    client ??= new LambdaClient(clientSettings)
    return client
  }
  const idOf = (lane: string) => {
    const id = mappings.get(lane)
    if (id) return id
    throw new Error(`MAPPINGS does not name lane "${lane}", which the application has; redeploy the stack.`)
  }
  return {
    async state(lane) {
      const { State } = await lambda().send(new GetEventSourceMappingCommand({ UUID: idOf(lane) }))
      return stateOf(State)
    },
    async setRunning(lane, running) {
      const { State } = await lambda().send(new UpdateEventSourceMappingCommand({ UUID: idOf(lane), Enabled: running }))
      return stateOf(State)
    },
  }
}

function stateOf(state: string | undefined): LaneState {
  if (state === 'Enabled') return 'running'
  return state === 'Disabled' ? 'paused' : 'changing'
}
