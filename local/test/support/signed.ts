/** Signs requests with the SDK's own signer: what verifies must not judge itself. */
import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { LOCAL_SECRET } from '../../types.ts'

export interface ToSign {
  readonly url: string
  readonly accessKeyId: string
  readonly secretAccessKey?: string
  readonly method?: string
  readonly body?: string
  readonly service?: string
  readonly at?: Date
}

/** The headers of a signed request. */
export async function signedHeaders(request: ToSign): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey = LOCAL_SECRET, method = 'GET', body, at = new Date() } = request
  const { service = 'execute-api' } = request
  const url = new URL(request.url)
  const signer = new SignatureV4({
    ...{ service, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } },
    sha256: Sha256 as never,
  })
  const query = Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)]))
  const { headers } = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers: { host: url.host },
      body,
    },
    { signingDate: at },
  )
  const { host: _, ...rest } = headers
  return rest
}

function Sha256(secret?: Buffer) {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  return { update: (data: Uint8Array) => void hash.update(data), digest: async () => new Uint8Array(hash.digest()) }
}
