import { randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { reloading } from './support/reload.ts'

const ANSWER = "import { word } from './word.ts'\nexport const handler = async () => word"
const sources = {
  'one.ts': ANSWER,
  'two.ts': 'export const handler = async () => process.pid',
  'word.ts': "export const word: string = 'old'",
}
const seconds = (timeout: number) => ({ timeout: timeout * 1000, interval: 50 })

test('a changed source is live in new invocations', async () => {
  const { functions, lines, write } = await reloading(sources)
  expect(await functions.invoke('one', {})).toMatchObject({ payload: 'old' })
  write('word.ts', "export const word: string = 'new'")
  await vi.waitFor(async () => expect(await functions.invoke('one', {})).toMatchObject({ payload: 'new' }), seconds(10))
  await vi.waitFor(() => expect(lines.join('\n')).toMatch(/word\.ts changed: reloaded 1 function in [\d.]+ s/))
})

test('a function whose code is the same keeps its process', async () => {
  const { functions, write } = await reloading(sources)
  const before = await functions.invoke('two', {})
  write('word.ts', "export const word: string = 'new'")
  await vi.waitFor(async () => expect(await functions.invoke('one', {})).toMatchObject({ payload: 'new' }), seconds(10))
  expect(await functions.invoke('two', {})).toMatchObject({ payload: before.ok && before.payload })
})

test('an invocation that runs ends with the code that it began with', async () => {
  const { functions, write } = await reloading({
    ...sources,
    'one.ts': `import { word } from './word.ts'
      import { existsSync } from 'node:fs'
      export const handler = async ({ file }: { file?: string }) => {
        while (file && !existsSync(file)) await new Promise((done) => setTimeout(done, 5))
        return word
      }`,
  })

  const waits = join(tmpdir(), `reload-${randomUUID()}`)

  const running = functions.invoke('one', { file: waits })
  write('word.ts', "export const word: string = 'new'")
  await vi.waitFor(async () => expect(await functions.invoke('one', {})).toMatchObject({ payload: 'new' }), seconds(10))
  writeFileSync(waits, '')
  onTestFinished(() => rmSync(waits))
  expect(await running).toMatchObject({ ok: true, payload: 'old' })
  expect(await functions.invoke('one', {})).toMatchObject({ payload: 'new' })
})

test('a source that does not parse is one line, and the code from before goes on running', async () => {
  const { functions, lines, write } = await reloading(sources)
  write('word.ts', "export const word: string = 'broken")
  const problem = 'word.ts:1:36: Unterminated string literal. The functions keep the code from before'
  await vi.waitFor(() => expect(lines).toEqual([problem]), seconds(10))
  expect(await functions.invoke('one', {})).toMatchObject({ payload: 'old' })
  write('word.ts', "export const word: string = 'fixed'")
  await vi.waitFor(
    async () => expect(await functions.invoke('one', {})).toMatchObject({ payload: 'fixed' }),
    seconds(10),
  )
  expect(lines.filter((line) => line === problem)).toHaveLength(1)
})

test('a source that comes after its import is found', async () => {
  const { functions, lines, write } = await reloading(sources)
  write('one.ts', ANSWER.replace('./word.ts', './words/new-word.ts'))
  await vi.waitFor(
    () => expect(lines.join()).toContain('one.ts:1:22: Could not resolve "./words/new-word.ts"'),
    seconds(10),
  )
  write('words/new-word.ts', "export const word = 'late'")
  await vi.waitFor(
    async () => expect(await functions.invoke('one', {})).toMatchObject({ payload: 'late' }),
    seconds(10),
  )
})

test('a change of the template is one line that names what changed', async () => {
  const { lines, write, synthesizes } = await reloading(sources)
  synthesizes({ Jobs: { Type: 'AWS::SQS::Queue', Properties: {} } })
  write('infra/lanes.ts', '')
  const line = 'The template changed: Jobs. Stop the stack and start it again to run it'
  await vi.waitFor(() => expect(lines).toEqual([line]), seconds(20))
})
