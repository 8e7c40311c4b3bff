/** Signature Version 4 as its specification has it, written a second time: what signs must not judge itself. */
import { createHash, createHmac } from 'node:crypto'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** What is wrong with the signature of a request; `undefined` if nothing is. */
export async function badSignature(
  request: Request,
  secret: (accessKeyId: string) => string | undefined,
): Promise<string | undefined> {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/
  const [, id = '', day = '', region = '', service = '', signed = '', signature = ''] =
    form.exec(request.headers.get('authorization') ?? '') ?? []
  const key = secret(id)
  if (key === undefined) return `no such key "${id}"`
  if (service !== 'execute-api') return `signed for ${service}`
  const date = request.headers.get('x-amz-date') ?? ''
  if (!date.startsWith(day)) return 'its date is not that of its scope'
  if (!signed.split(';').includes('host')) return 'the host is not signed'
  const url = new URL(request.url)
  const canonical = [
    request.method,
    url.pathname.split('/').map(encoded).join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join('&'),
    ...signed.split(';').map((name) => `${name}:${(request.headers.get(name) ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    hash(await request.clone().text()),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, hash(canonical)].join('\n')
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${key}`, day), region), service), 'aws4_request')
  return hmac(signingKey, toSign).toString('hex') === signature ? undefined : 'the signature does not fit'
}
