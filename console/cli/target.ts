/** Which API a command speaks to. */
import type { ApiEndpoint } from '../api-client/endpoint.ts'
import { exit, Failure } from '../api-client/failure.ts'
import type { StackName } from '../api-client/stack.ts'
import type { Ports } from './ports.ts'

export interface Target {
  readonly url?: string
  readonly stack?: string
  readonly stage?: string
  readonly region?: string
  readonly profile?: string
}

export const localUrl = 'http://localhost:3000'

/** `--stack` and `--stage` lead to a deployed stack, all else to a URL that asks nobody who they are. */
export async function endpointOf(target: Target, ports: Pick<Ports, 'env' | 'findStack'>): Promise<ApiEndpoint> {
  const { url, stack, stage } = target
  if ([url, stack, stage].filter((given) => given !== undefined).length > 1)
    throw new Failure(exit.usage, 'Give one of --url, --stack and --stage: each names the stack to speak to')
  const deployed = stackNameOf(target)
  if (deployed === undefined)
    return open(stage ? localUrl : (url ?? (ports.env.API_URL || localUrl)), flagsOf({ url, stage }), ports)
  return ports.findStack(deployed, flagsOf(target))
}

/** The deployed stack that is meant; the stage `local` is on this machine and has none. */
export function stackNameOf({ stack, stage, region, profile }: Target): StackName | undefined {
  const name = stack ?? (stage && stage !== 'local' ? `OutboxRelay-${stage}` : undefined)
  return name === undefined ? undefined : { name, region, profile }
}

/** A token goes only where somebody put it on purpose: next to the URL that they named. */
function open(url: string, flags: string, { env }: Pick<Ports, 'env'>): ApiEndpoint {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.search || parsed.hash)
    throw new Failure(exit.usage, `${url} is not a valid URL of an API. Write it like ${localUrl}`)
  const token = env.OUTBOX_TOKEN
  return {
    url: parsed.href.replace(/\/$/, ''),
    flags,
    hasToken: Boolean(token),
    sign: token ? async () => ({ authorization: `Bearer ${token}` }) : undefined,
  }
}

/** How to write the same target in another command. */
export function flagsOf(target: { readonly [K in keyof Target]: Target[K] | undefined }): string {
  return (['url', 'stack', 'stage', 'region', 'profile'] as const)
    .flatMap((name) => (target[name] === undefined ? [] : [`--${name} ${target[name]}`]))
    .join(' ')
}
