import type { Functions, Gateway } from './types.ts'

interface Parts {
  readonly functions: Pick<Functions, 'list' | 'kill'>
  readonly schedules: { list(): readonly unknown[]; run(name: string): Promise<unknown> }
  readonly mappings: {
    list(): readonly unknown[]
    setEnabled(name: string, enabled: boolean): Promise<readonly unknown[]>
  }
}

/** The paths of the stack as a whole. They are added last: `/_local/health` answers once all is up. */
export function addRoutes(
  gateway: Gateway,
  { functions, schedules, mappings }: Parts,
  functionNames: readonly string[],
) {
  const ok = (body: unknown) => ({ status: 200, body })
  const unknown = (what: string, list: string) => ({
    status: 404,
    body: { message: `No ${what} has this name. GET ${list} lists them` },
  })
  gateway.route('GET', '/_local/functions', async () => ok({ functions: functions.list() }))
  gateway.route('POST', '/_local/functions/{name}/kill', async ({ params: { name = '' } }) =>
    functionNames.includes(name) ? ok({ killed: functions.kill(name) }) : unknown('function', '/_local/functions'),
  )
  gateway.route('GET', '/_local/schedules', async () => ok({ schedules: schedules.list() }))
  gateway.route('POST', '/_local/schedules/{name}/run', async ({ params: { name = '' } }) => {
    const execution = await schedules.run(name)
    return execution ? ok(execution) : unknown('schedule', '/_local/schedules')
  })
  gateway.route('GET', '/_local/mappings', async () => ok({ mappings: mappings.list() }))
  for (const [verb, enabled] of [['enable', true] as const, ['disable', false] as const]) {
    gateway.route('POST', `/_local/mappings/{name}/${verb}`, async ({ params: { name = '' } }) => {
      const switched = await mappings.setEnabled(name, enabled)
      return switched.length > 0 ? ok({ mappings: switched }) : unknown('mapping', '/_local/mappings')
    })
  }
  gateway.route('GET', '/_local/health', async () => ok({ status: 'ok' }))
}
