import { exit, Failure } from './failure.ts'
import { codeOf } from './unreachable.ts'

interface Asked {
  /** Of the stack. */
  readonly name: string
  readonly region?: string
  readonly profile?: string
  /** `look up the stack OutboxRelay-prod` */
  readonly doing: string
}

type Rule = readonly [pattern: RegExp, code: Failure['exit'], line: (asked: Asked, message: string) => string]

const profileOf = ({ profile }: Asked) => (profile ? ` --profile ${profile}` : '')
const where = ({ region }: Asked) => (region ? `in ${region}` : 'in the region of your profile')

const rules: readonly Rule[] = [
  [
    /stack .*does not exist/i,
    exit.unreachable,
    (asked) =>
      `There is no stack ${asked.name} ${where(asked)} for this account. Check --stage, --stack, --region and --profile, or deploy it with \`npm run deploy\``,
  ],
  [
    /expired|token.*refresh|sso session/i,
    exit.notAllowed,
    (asked) =>
      `Your AWS credentials have expired, so I could not ${asked.doing}. Renew them: aws sso login${profileOf(asked)}`,
  ],
  [
    /could not resolve credentials using profile|profile .* (not found|could not be found)/i,
    exit.notAllowed,
    (asked) =>
      `There is no usable profile "${asked.profile ?? 'default'}", so I could not ${asked.doing}. \`aws configure list-profiles\` lists those there are`,
  ],
  [
    /could not load credentials|credentials.*(missing|provider)|CredentialsProviderError/i,
    exit.notAllowed,
    (asked) =>
      asked.profile === undefined
        ? `No AWS credentials were found to ${asked.doing}. Sign in with aws sso login, or choose a --profile`
        : `There is no usable profile "${asked.profile}", so I could not ${asked.doing}. Sign in with aws sso login${profileOf(asked)}; \`aws configure list-profiles\` lists those there are`,
  ],
  [/region is missing|missing region/i, exit.usage, () => 'No AWS region is set. Give --region, or set AWS_REGION'],
  [
    /AccessDenied|not authorized|Unauthorized|Forbidden/i,
    exit.notAllowed,
    (asked, message) =>
      `You may not ${asked.doing}: ${message}. Have the stack's viewer policy attached to your identity, or choose another --profile`,
  ],
  [
    /InvalidClientTokenId|security token.*invalid|SignatureDoesNotMatch|UnrecognizedClient|AuthFailure/i,
    exit.notAllowed,
    (asked, message) =>
      `AWS does not accept your credentials to ${asked.doing}: ${message}. Check --profile and the clock of this machine`,
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    exit.unreachable,
    (asked) =>
      `Cannot reach AWS ${where(asked)} to ${asked.doing}. Is there such a region, and are you online? Check --region`,
  ],
  [
    /ECONNREFUSED|ECONNRESET|TimeoutError|ETIMEDOUT|socket hang up/,
    exit.unreachable,
    (asked) =>
      `Cannot reach AWS ${where(asked)} to ${asked.doing}. Check the network, and AWS_ENDPOINT_URL if you set it`,
  ],
]

/** The one line for what AWS, or the search for credentials, answered. */
export function awsFailure(error: unknown, asked: Asked): unknown {
  if (error instanceof Failure || (error as Error | undefined)?.name === 'AbortError') return error
  const { name = '', message = String(error) } = (error ?? {}) as Partial<Error>
  const text = `${name} ${codeOf(error)} ${message}`
  const rule = rules.find(([pattern]) => pattern.test(text))
  const line = rule?.[2](asked, message.replace(/\.$/, '')) ?? `Could not ${asked.doing}: ${message || name}`
  return new Failure(rule?.[1] ?? exit.refused, line, { cause: error })
}
