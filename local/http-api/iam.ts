import type { Api, StackModel } from '../model.ts'
import { evaluate } from '../permissions/evaluate.ts'
import { callerOf, LOCAL_SECRET } from '../types.ts'
import type { ApiRequest } from './request.ts'
import { type Signature, signatureOf } from './signature.ts'

/** A signature is valid for five minutes before and after its date. */
const CLOCK_SKEW_MS = 300_000

const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/execute-api\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/

export interface IamCaller {
  readonly accessKey: string
  readonly accountId: string
  readonly callerId: string
  readonly userArn: string
  readonly userId: string
}

export type IamDecision =
  | { readonly ok: true; readonly caller: IamCaller }
  | {
      readonly ok: false
      /** There is no signature at all, or none for this service. */
      readonly unsigned: boolean
      /** The signature that the gateway computes, where the caller's has another value. */
      readonly own?: Signature
      readonly why: string
    }

/**
 * The IAM authorizer. The request must be signed for `execute-api`, and the role of a function, or the policy of a person, must
 * allow `execute-api:Invoke` on the route. An operator of this machine may call everything; the stack does not know their
 * secret, so of their signature only the form and the date are checked.
 */
export function authorizeIam(model: StackModel, api: Api, request: ApiRequest): IamDecision {
  const [, accessKey, day = '', region = '', signedHeaders, signature] =
    SIGNED.exec(request.headers.authorization ?? '') ?? []
  if (!accessKey || !signedHeaders)
    return refused('the request is not signed with AWS Signature Version 4 for execute-api', true)
  if (!signedHeaders.split(';').includes('host')) return refused('the signature does not cover the header host')
  const date = request.headers['x-amz-date'] ?? ''
  const skew = Math.abs(request.receivedAt.getTime() - timeOf(date))
  if (!date.startsWith(day) || !(skew <= CLOCK_SKEW_MS))
    return refused(`the signature's x-amz-date "${date}" is not now`)

  const identity = identityOf(model, accessKey)
  if (identity === 'unknown') return refused(`${accessKey} names a function or policy that this template does not have`)
  const arn = `arn:aws:execute-api:${model.region}:${model.accountId}:${api.id}/${api.stageName}/${request.method}${request.path}`
  if (identity) {
    const own = signatureOf(
      { ...request, path: request.wirePath, query: request.rawQuery },
      { secret: LOCAL_SECRET, date, region, service: 'execute-api', signedHeaders: signedHeaders.split(';') },
    )
    if (own.signature !== signature)
      return { ...refused(`the signature of ${accessKey} does not fit the request`), own }
    const ask = { action: 'execute-api:Invoke', resource: arn, context: {} }
    if (evaluate(identity.statements, ask) !== 'allowed')
      return refused(`${identity.arn} may not execute-api:Invoke on ${arn}`)
  }
  return {
    ok: true,
    caller: {
      accessKey,
      accountId: model.accountId,
      callerId: accessKey,
      userArn: identity?.arn ?? `arn:aws:iam::${model.accountId}:root`,
      userId: accessKey,
    },
  }
}

const refused = (why: string, unsigned = false) => ({ ok: false, unsigned, why }) as const

const POLICY = 'POLICY.'

/**
 * Who is behind an access key, and what they may do: a function by its role, or with `POLICY.<name>` somebody who has a
 * managed policy of the template and nothing else. `undefined` is an operator of this machine, who may do everything.
 */
function identityOf(model: StackModel, accessKey: string) {
  if (accessKey.startsWith(POLICY)) {
    const name = accessKey.slice(POLICY.length)
    const policy = model.managedPolicies?.find((one) => one.name === name)
    return policy ? { arn: `arn:aws:iam::${model.accountId}:user/${name}`, statements: policy.statements } : 'unknown'
  }
  const caller = callerOf(accessKey)
  if (caller.kind === 'operator') return undefined
  const fn = model.functions.find(({ name }) => name === caller.functionName)
  return model.roles.find(({ arn }) => arn === fn?.roleArn) ?? 'unknown'
}

/** `20261121T220100Z` in ms. */
function timeOf(amzDate: string): number {
  return Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}
