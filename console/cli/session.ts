/** One run of the program: its options, the API they lead to, and how it ended. */
import type { Command } from 'commander'
import { type Api, apiClient } from '../api-client/client.ts'
import type { ApiEndpoint } from '../api-client/endpoint.ts'
import { type Output, outputOf, print, type Result } from './output.ts'
import type { Ports } from './ports.ts'
import { endpointOf, type Target } from './target.ts'

export interface Options extends Target {
  readonly output?: Output
  readonly dryRun?: boolean
  readonly yes?: boolean
}

export interface Context<O> {
  readonly ports: Ports
  readonly options: O & Options
  readonly args: readonly string[]
  readonly output: Output
  /** Where the API is; found when it is first asked for. */
  readonly endpoint: () => Promise<ApiEndpoint>
  readonly api: () => Promise<Api>
}

/** What a command does. `undefined` when it has told all it has to say. */
export type Action<O = object> = (context: Context<O>) => Promise<Result | undefined>

export interface Session {
  readonly ports: Ports
  exit: number
}

/** For commander: runs an action and prints what it found. */
export function runs<O = object>(session: Session, action: Action<O>) {
  return async (...all: unknown[]): Promise<void> => {
    const command = all.at(-1) as Command
    const context = contextOf(session.ports, command.optsWithGlobals<O & Options>(), command.processedArgs)
    const result = await action(context)
    if (!result) return
    print(result, context.output, session.ports)
    session.exit = result.exit ?? 0
  }
}

export function contextOf<O>(ports: Ports, options: O & Options, args: readonly string[]): Context<O> {
  let endpoint: Promise<ApiEndpoint> | undefined
  const where = () => (endpoint ??= endpointOf(options, ports))
  return {
    ports,
    options,
    args,
    output: outputOf(options.output, ports),
    endpoint: where,
    api: async () => apiClient(ports, await where()),
  }
}
