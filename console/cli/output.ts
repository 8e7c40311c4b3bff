import { styleText } from 'node:util'
import type { Api } from '../api-client/client.ts'
import type { ApiEndpoint } from '../api-client/endpoint.ts'
import type { Ports } from './ports.ts'

export type Style = Parameters<typeof styleText>[0]
export type Paint = (style: Style, text: string) => string

/** What a command found or did: for a program, and for a person. */
export interface Result {
  readonly json: unknown
  readonly text: (paint: Paint, columns: number) => string
  /** @default 0 */
  readonly exit?: number
}

export type Output = 'table' | 'json'

export function outputOf(asked: Output | undefined, { stdout }: Pick<Ports, 'stdout'>): Output {
  return asked ?? (stdout.isTTY ? 'table' : 'json')
}

export function print({ json, text }: Result, output: Output, ports: Pick<Ports, 'stdout' | 'env'>): void {
  const { stdout } = ports
  const printed = output === 'json' ? jsonText(json, 2) : text(paintFor(stdout.isTTY, ports), stdout.columns)
  stdout.write(printed.endsWith('\n') ? printed : `${printed}\n`)
}

/** Colours only where a person looks, and only one who has not declined them. */
export function paintFor(isTTY: boolean, { env }: Pick<Ports, 'env'>): Paint {
  const coloured = isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text)
}

/** JSON that also a terminal can be shown: it leaves no character in it that a terminal would obey. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? 'null'
  return text.replace(/[\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Text from elsewhere, such as an error of a job, without what a terminal would obey. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are to go
  return text.replace(/\s+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

/** In place of an error that nobody wrote down. */
export const noError = '(no error was written)'

/** The line below a page that is not the last. */
export function more(cursor: string | undefined, { endpoint }: Api): string {
  return cursor === undefined
    ? ''
    : `\n\nThere are more: add --cursor ${cursor}${endpoint.flags && ` (and ${endpoint.flags})`}`
}

/** Another command on the same stack, to be copied. */
export function command(words: string, { endpoint }: Api): string {
  return ['outbox', words, endpoint.flags].filter(Boolean).join(' ')
}

/** What a command would send. */
export function dryRun(method: string, path: string, { url }: ApiEndpoint, body?: unknown): Result {
  return {
    json: { dryRun: true, request: { method, url: url + path, body } },
    text: () =>
      `Would send ${method} ${url}${path}${body === undefined ? '' : ` ${jsonText(body)}`}\nNothing was changed.`,
  }
}
