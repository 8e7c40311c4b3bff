/** Posting to other people's servers: only to public addresses, within a time and a size, and to the address that was checked. */
import { lookup as lookUp } from 'node:dns/promises'
import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import type { LookupFunction, TcpNetConnectOpts } from 'node:net'
import { PermanentError, RetryAfterError } from '../../shared/define/errors.ts'
import type { Http, Post } from '../../shared/define/services.ts'
import { env } from '../../shared/lib/names.ts'
import { addressProblem, isPublicAddress } from './public-address.ts'

export interface OutsideOptions {
  /** Private addresses and plain http too; for stage `local` only. */
  readonly allowPrivate: boolean
  /** All addresses of a host name. @default the system's resolver */
  readonly resolve?: (host: string) => Promise<readonly Address[]>
  /** For the whole of one post, in ms. Standard Webhooks recommends 15 to 30 s. @default 15,000 */
  readonly timeLimit?: number
}

interface Address {
  readonly address: string
  readonly family: number
}

/** No more of an answer is read; the rest is dropped with the connection. Bytes. */
const longestAnswer = 4 * 1024

export const privateWebhooksAllowed = (): boolean => process.env[env.allowPrivateWebhooks] === 'true'

export function outsideHttp({ allowPrivate, resolve = resolveAll, timeLimit = 15_000 }: OutsideOptions): Http {
  const lookup = allowPrivate ? anyAddress(resolve) : publicAddress(resolve)
  return {
    async post(request, signal) {
      const url = new URL(request.url)
      const problem = addressProblem(url, { allowPrivate })
      if (problem) throw new PermanentError(`nothing was sent to ${url.origin}: the address ${problem}`)
      const limit = AbortSignal.timeout(timeLimit)
      try {
        const response = await send(url, request, lookup, AbortSignal.any([signal, limit]))
        const answer = { status: response.statusCode ?? 0, text: await beginningOf(response) }
        const seconds = secondsOf(response.headers['retry-after'])
        if (answer.status === 429 || (answer.status === 503 && seconds !== undefined))
          throw new RetryAfterError(seconds, `${url.origin} answered ${answer.status}`)
        return answer
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof RetryAfterError) throw error
        if (limit.aborted)
          throw new Error(`${url.origin} did not answer within ${timeLimit / 1000} s`, { cause: error })
        throw new Error(`posting to ${url.origin} failed: ${reasonOf(error)}`, { cause: error })
      }
    },
  }
}

function send(url: URL, { headers, body }: Post, lookup: LookupFunction, signal: AbortSignal) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const options: RequestOptions & Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout'> = {
      method: 'POST',
      headers: {
        'user-agent': 'outbox-relay',
        'accept-encoding': 'identity',
        ...headers,
        'content-length': Buffer.byteLength(body),
      },
      lookup,
      // Of several addresses, each gets this long, in ms. Node's 250 ms are less than a handshake across the world takes.
      autoSelectFamilyAttemptTimeout: 5_000,
      signal,
      // A connection of its own: neither a proxy from the environment nor a pooled socket gets around the lookup.
      agent: false,
    }
    const sent = request(url, options)
    sent.on('response', resolve)
    // Node takes the socket out of the request, and with it the time limit: without this the post would never end.
    sent.on('upgrade', (_, socket) => {
      socket.destroy()
      reject(new Error('it answered with another protocol (101)'))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A header `retry-after` has seconds, or the date of an answer. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter)
  // An HTTP date begins with a day of the week; Date.parse takes "1.5" for one, too.
  const at = /^[A-Z]/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}

/** The status has come by now and is the answer; a body that breaks off or is too slow does not undo it. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= longestAnswer) break
    }
  } catch {
    // Cut short: what was read is enough to tell by.
  } finally {
    response.destroy()
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, longestAnswer))
}

async function resolveAll(host: string): Promise<readonly Address[]> {
  return lookUp(host, { all: true })
}

/** Of a host that has both, the IPv4 addresses alone: Lambda has no way to an IPv6 address outside a dual-stack VPC. */
function reachable(addresses: readonly Address[]): readonly Address[] {
  const v4 = addresses.filter(({ family }) => family === 4)
  return v4.length > 0 ? v4 : addresses
}

/**
 * A lookup whose answer is what the socket connects to: no second resolution between check and connection could give
 * another address (DNS rebinding). One bad address among several refuses them all: which one is taken is chance.
 */
function publicAddress(resolve: (host: string) => Promise<readonly Address[]>): LookupFunction {
  return anyAddress(async (host) => {
    const addresses = await resolve(host)
    if (addresses.every(({ address }) => isPublicAddress(address))) return addresses
    throw new Error(`${host} resolves to an address that is not public; nothing was sent. Fix its DNS entry`)
  })
}

function anyAddress(resolve: (host: string) => Promise<readonly Address[]>): LookupFunction {
  return (host, { all }, callback) => {
    resolve(host).then(
      (found) => {
        const addresses = reachable(found)
        const [first] = addresses
        if (!first) callback(new Error(`${host} has no address`), '', 0)
        else if (all) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }
}

/** An AggregateError (several addresses, none reachable) has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map((e) => (e as Error).message))].join('; ')
  return error instanceof Error ? error.message : String(error)
}
