import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { ApiEndpoint } from './endpoint.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface Signer {
  /** Name of the AWS service that gets the request. @default 'execute-api' */
  readonly service?: string
  /** Asked for each request, so that they may be renewed in between. */
  readonly credentials: () => Promise<Credentials>
  readonly region: string
  readonly now: () => Date
}

/** Signs requests with the caller's own credentials (Signature Version 4). */
export function signer({
  service = 'execute-api',
  credentials,
  region,
  now,
}: Signer): NonNullable<ApiEndpoint['sign']> {
  const signature = new SignatureV4({ service, region, credentials, sha256: Sha256 as never })
  return async ({ method, headers, body }, url) => {
    const signed = await signature.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
        headers: { ...headers, host: url.host },
        body,
      },
      { signingDate: now() },
    )
    // fetch sets the host header, and nothing else can.
    const { host: _, ...rest } = signed.headers
    return rest
  }
}

/** What the signer calls with `new`: a hash, or with a secret a keyed one. */
function Sha256(secret?: string | ArrayBuffer | ArrayBufferView) {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer)
  return { update: (data: Uint8Array) => void hash.update(data), digest: async () => new Uint8Array(hash.digest()) }
}
