import type { Ports } from '../../cli/ports.ts'
import { run } from '../../cli/run.ts'
import { type FakeApi, fakeApi } from './fake-api.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Setting {
  readonly api?: FakeApi
  readonly tty?: boolean
  /** What the person answers. */
  readonly says?: string
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly ports?: Partial<Ports>
}

/** Runs a command line with everything outside it faked. Time passes only by sleeping. */
export async function outbox(line: string | readonly string[], setting: Setting = {}): Promise<Ran> {
  const { api = fakeApi(), tty = false, says = '', stdin = '', env = {} } = setting
  const out: string[] = []
  const err: string[] = []
  let clock = Date.parse('2026-11-30T03:00:00.000Z')
  const ports: Ports = {
    version: '1.2.3',
    stdout: { isTTY: tty, columns: 200, write: (text) => void out.push(text) },
    stderr: { isTTY: tty, columns: 200, write: (text) => void err.push(text) },
    stdin: {
      isTTY: tty,
      text: async () => stdin,
      ask: async (question) => {
        err.push(question)
        return says
      },
    },
    env,
    fetch: (input, init) => api.handle(new Request(input, init)),
    now: () => new Date(clock),
    sleep: async (ms) => {
      clock += ms
    },
    signal: new AbortController().signal,
    newId: () => 'an-id',
    edit: async (text) => text.replace('o-1', 'o-2'),
    findStack: async ({ name }, flags) => ({
      url: `https://${name}.example.com`,
      flags,
      sign: async () => ({ authorization: 'signed' }),
    }),
    inspectStack: async () => [{ check: 'Stack', state: 'ok', found: 'UPDATE_COMPLETE' }],
    builtConsole: async () => '/nowhere',
    localStack: async () => 0,
    script: async () => 0,
    ...setting.ports,
  }
  const code = await run(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, ports)
  return { code, out: out.join(''), err: err.join('') }
}
