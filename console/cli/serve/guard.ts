/** Who may use the console's server: a browser on this machine, on a page that this server gave it. */
import { timingSafeEqual } from 'node:crypto'

export interface Visit {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly cookie: string | undefined
}

export interface Door {
  readonly port: number
  /** What only the person knows who started the server. @default - the API asks nobody either, so everyone may come in */
  readonly key?: string
}

/** Why a visit is refused; `undefined` if it is not. */
export function refusalOf({ method, host, origin, cookie }: Visit, { port, key }: Door): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  // A name that an attacker lets lead to 127.0.0.1 would make their page one of this server's.
  if (!hosts.includes(host ?? '')) return `This server answers to ${hosts.join(' and ')} only.`
  // Browsers send it with all that could change something; another page must not act in the operator's name.
  const reads = method === 'GET' || method === 'HEAD'
  if (!reads && origin !== undefined && !hosts.some((name) => origin === `http://${name}`))
    return 'Another page may not act here.'
  if (key !== undefined && !hasKey(cookie, { port, key }))
    return 'Open the address that `outbox console` printed, with its key.'
  return undefined
}

/** Cookies do not keep ports apart, so their name has to. */
export function cookieName(port: number): string {
  return `outbox-console-${port}`
}

function hasKey(cookie: string | undefined, { port, key }: Required<Door>): boolean {
  const pairs = (cookie ?? '').split(/; */).map((pair) => pair.split('='))
  return pairs.some(([name, value]) => name === cookieName(port) && sameText(value ?? '', key))
}

export function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
