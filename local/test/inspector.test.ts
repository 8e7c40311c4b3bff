import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { withInspector } from '../lambda/inspector.ts'
import { emptyModel, functionOf, startFunctions } from './support/functions.ts'

const PID = 'export const handler = (ms) => new Promise((done) => setTimeout(done, ms, process.pid))'

test('a debugger finds the one process of the inspected function, also after its code was replaced', async () => {
  const inspectPort = await freePort()
  const functions = startFunctions([functionOf('f', PID, { inspectPort })])
  const [first, second] = await Promise.all([functions.invoke('f', 50), functions.invoke('f', 1)])
  expect(second).toMatchObject({ ok: true, payload: first.ok && first.payload })
  expect(await debuggable(inspectPort)).toBe(true)
  functions.replaceProcesses(['f'])
  const third = await functions.invoke('f', 1)
  expect(third).toMatchObject({ ok: true, payload: expect.any(Number) })
  expect(third.ok && third.payload).not.toBe(first.ok && first.payload)
  expect(await debuggable(inspectPort)).toBe(true)
})

test('the inspected function has time for breakpoints, and the others keep theirs', () => {
  const model = { ...emptyModel, functions: [functionOf('Shop-consume', PID), functionOf('Shop-api', PID)] }
  expect(withInspector(model, 'consume').functions).toMatchObject([
    { name: 'Shop-consume', timeoutSeconds: 900, inspectPort: 9229 },
    { name: 'Shop-api', timeoutSeconds: 20 },
  ])
  expect(withInspector(model, 'Shop-api').functions[1]).toHaveProperty('inspectPort')
  expect(() => withInspector(model, 'sweep')).toThrow(
    'INSPECT=sweep is not one function of the template. Set it to one of Shop-consume, Shop-api',
  )
})

async function debuggable(port: number): Promise<boolean> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { type: string }[]
  return targets.length === 1 && targets[0]?.type === 'node'
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}
