/** Runs the commands of docs/tour.md as they are written there, on a stack of its own. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ownStack } from './support/own-stack.ts'

const tour = join(import.meta.dirname, '../../docs/tour.md')

/** The commands of the section's shell block, each in one line. */
async function commands(): Promise<string[]> {
  const text = await readFile(tour, 'utf8')
  const [, block = ''] = /^## Try it\n+```sh\n([\s\S]*?)^```/m.exec(text) ?? []
  return block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.startsWith('curl '))
}

/** Runs a command in a shell; gives the status of the answer and its body. */
async function run(command: string): Promise<{ status: number; body: string }> {
  const quiet = command.replace(/^curl (-i )?/, "curl -sS -w '\\n%{http_code}' ")
  const { stdout } = await promisify(execFile)('sh', ['-c', quiet])
  const at = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) }
}

test('every command of "Try it" is answered with success, one after the other', async () => {
  const all = await commands()
  expect(all.length).toBeGreaterThan(8)
  await using own = await ownStack()
  const { apiUrl, awsUrl } = await own.start()
  let job = ''
  for (const line of all) {
    const command = line
      .replaceAll('localhost:3000', apiUrl.replace('http://', '')) // A REST API's address ends in its stage.
      .replaceAll('localhost:4566', new URL(awsUrl).host)
      .replaceAll('<id>', job)
    const { status, body } = await run(command)
    expect({ line, status, body }).toMatchObject({
      line,
      status: expect.toSatisfy((code: number) => code >= 200 && code < 300),
    })
    job ||= (JSON.parse(body) as { jobs?: { id: string }[] }).jobs?.[0]?.id ?? ''
  }
})
