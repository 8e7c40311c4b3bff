import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bin, clean, main, root, spawned, typing } from './support/bin.ts'
import { fakeApi } from './support/fake-api.ts'
import { serve } from './support/fake-server.ts'

const api = fakeApi({ step: 50 })
let server: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  server = await serve(api.handle)
})
afterAll(() => server.close())

describe('piped', () => {
  test('JSON on stdout, nothing on stderr, exit code 0', async () => {
    const { code, out, err } = await bin(['stats'], { env: { API_URL: server.url } })
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toHaveProperty('lanes')
  })

  test('a payload comes in by a pipe', async () => {
    const { code, out } = await bin(['enqueue', 'probe', '-', '--url', server.url], { stdin: '{"key":"a"}' })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ type: 'probe' })
  })

  test('an error is one line on stderr, with its exit code', async () => {
    const { code, out, err } = await bin(['jobs', 'get', 'unknown', '--url', server.url])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^outbox: There is no job "unknown"\. .*\n$/)
  })

  test('a payload is changed in the editor, and nothing is sent if the editor fails', async () => {
    const edit = (EDITOR: string) =>
      bin(['jobs', 'replay', 'job-1', '--edit'], { env: { API_URL: server.url, EDITOR } })
    const { code, err } = await edit('sed -i s/o-1/o-9/')
    expect([code, err]).toEqual([0, ''])
    expect(api.asked.at(-1)?.body).toEqual({ payload: { orderId: 'o-9', email: '[redacted]' } })
    const failed = await edit('false')
    expect([failed.code, failed.err]).toEqual([1, expect.stringContaining('The editor (false) ended with 1')])
  })

  test('an API that is down', async () => {
    const { code, err } = await bin(['stats', '--url', 'http://127.0.0.1:9'])
    expect(code).toBe(3)
    expect(err).toMatch(/^outbox: Cannot reach the API at http:\/\/127\.0\.0\.1:9: .*\n$/)
  })

  test('a reader that leaves early is no fault', async () => {
    const line = `"${process.execPath}" "${main}" --help | head -c 1; echo " \${PIPESTATUS[0]}"`
    const { out, err } = await spawned('bash', ['-c', line])
    expect([out, err]).toEqual(['U 0\n', ''])
  })

  test('Ctrl-C in a redrive tells how to go on', async () => {
    const slow = fakeApi({ step: 10 })
    slow.kill('probe', 1_000)
    const gate = await serve(async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      if (slow.acts().length === 5) child?.kill('SIGINT')
      return slow.handle(request)
    })
    let child: { kill(signal: 'SIGINT'): boolean } | undefined
    const { spawn } = await import('node:child_process')
    const process_ = spawn(process.execPath, [main, 'dlq', 'redrive', '--type', 'probe', '--yes', '--url', gate.url], {
      env: clean,
    })
    child = process_
    let err = ''
    process_.stderr.on('data', (chunk) => {
      err += chunk
    })
    const code = await new Promise((resolve) => process_.once('close', resolve))
    await gate.close()
    expect(code).toBe(130)
    expect(err).toMatch(
      /^outbox: Interrupted: at least \d+ of 1,000 .*Go on with: outbox dlq redrive --type probe --until \S+ --yes --url \S+\n$/,
    )
  })
})

const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false
const terminal = hasScript ? describe : describe.skip

terminal(`at a terminal${hasScript ? '' : ' (skipped: needs `script` of util-linux)'}`, () => {
  const inTerminal = (args: string, how: Parameters<typeof spawned>[2] = {}) =>
    spawned('script', ['-qec', `exec '${process.execPath}' '${main}' ${args} --url ${server.url}`, '/dev/null'], {
      ...how,
      env: { TERM: 'xterm', ...how.env },
    })

  test('a table with colours', async () => {
    const { code, out } = await inTerminal('stats')
    expect(code).toBe(0)
    expect(out).toContain('\u001b[1m')
    expect(out).toContain('Failing jobs')
  })

  test('NO_COLOR', async () => {
    const { out } = await inTerminal('stats', { env: { NO_COLOR: '1' } })
    expect(out).toContain('Failing jobs')
    expect(out).not.toContain('\u001b[')
  })

  test('a redrive asks, shows its progress and says what it did', async () => {
    api.kill('send-receipt', 120, 'SES said no')
    const { code, out } = await inTerminal('dlq redrive --type send-receipt', {
      onOutput: typing('[y/N]', 'y\r'),
    })
    expect(out).toContain('Redrive 120 dead jobs')
    expect(out).toMatch(/83 % {2}100 of 120/)
    expect(out).toContain('120 dead jobs of type send-receipt went back to their lanes.')
    expect([code, api.letters.size]).toEqual([0, 0])
  })

  test('Ctrl-C at the question changes nothing', async () => {
    api.kill('send-receipt', 3)
    const { code } = await inTerminal('dlq redrive --all', {
      onOutput: typing('[y/N]', '\u0003'),
    })
    expect([code, api.letters.size]).toEqual([130, 3])
  })

  test('stats --watch until Ctrl-C', async () => {
    const { code, out } = await inTerminal('stats --watch', {
      onOutput: typing('Ctrl-C ends it', '\u0003'),
    })
    expect(code).toBe(0)
    expect(out).toContain('Failing jobs')
  })
})

describe('how it is called', () => {
  test('the bin of package.json is this file, and can be executed', () => {
    const { bin } = JSON.parse(
      execFileSync(process.execPath, ['-p', 'JSON.stringify(require("./package.json"))'], {
        cwd: root,
        encoding: 'utf8',
      }),
    )
    expect(bin).toEqual({ outbox: 'console/cli/main.mjs' })
    expect(execFileSync(main, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('a Node too old says in one line what to do', async () => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); await import('${main}')`
    const { code, out, err } = await spawned(process.execPath, ['--input-type=module', '-e', pretend])
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(
      /^outbox: this is Node 20\.20\.2, and it needs 24\. Install Node 24 or later, or add it .*`npx outbox`\n$/,
    )
  })
})
