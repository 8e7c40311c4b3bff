/** One app, installed by one package manager, from nothing to a job that succeeded. */
import { mkdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from './apps.ts'
import type { Manager } from './managers.ts'
import { type Program, start, strangersEnv } from './program.ts'
import { type TypeCheck, typeChecks } from './types.ts'

export interface Outcome {
  readonly app: string
  readonly manager: string
  /** Of the installation alone. */
  readonly installSeconds: number
  /** From the start of the installation to the first job that succeeded, without the type checks. */
  readonly seconds: number
  readonly types: readonly TypeCheck[]
}

export interface Place {
  /** A folder that does not exist. */
  readonly root: string
  /** The packed package. */
  readonly tarball: string
  /** Folders with the package managers. */
  readonly tools: readonly string[]
}

export async function runApp(app: App, manager: Manager, { root, tarball, tools }: Place): Promise<Outcome> {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  const folder = app.create(root, tarball)
  manager.prepare?.(app, root, folder)
  const env = strangersEnv(tools)
  const version = await start([manager.name, '--version'], folder, env).done()
  const begun = Date.now()
  await start(manager.install, folder, env).done()
  const installed = Date.now()
  const types = await typeChecks(app, folder, env)
  await start([...manager.exec, 'cdk', 'synth', '-q'], folder, env).done()
  const checked = Date.now()
  const stack = start([...manager.exec, 'outbox', 'start'], folder, { ...env, PORT: '0', AWS_PORT: '0' })
  try {
    const api = await stack.printed(/^ +API +(\S+)$/m)
    await firstJob(api)
    const seconds = (installed - begun + Date.now() - checked) / 1000
    const served = start([...manager.exec, 'outbox', 'console', '--url', `${api}/outbox`], folder, env)
    await seeConsole(served)
    return {
      app: app.name,
      manager: `${manager.name} ${version.trim().split('.')[0]}`,
      installSeconds: (installed - begun) / 1000,
      seconds,
      types,
    }
  } catch (error) {
    throw new Error(`${app.name}, ${manager.name}:\n${stack.output()}`, { cause: error })
  } finally {
    await stack.stop()
  }
}

/** Commits an order, and waits for its job. */
async function firstJob(api: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${api}/orders`, { method: 'POST', headers, body: '{"email":"ann@example.com"}' })
  if (answer.status !== 201) throw new Error(`POST /orders answered ${answer.status}: ${await answer.text()}`)
  const { jobs } = (await answer.json()) as { jobs: [{ id: string }] }
  let job = ''
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100)) {
    job = await (await fetch(`${api}/outbox/jobs/${jobs[0].id}`)).text()
    if (JSON.parse(job).status === 'succeeded') return
  }
  throw new Error(`the job did not succeed: ${job}`)
}

async function seeConsole(server: Program): Promise<void> {
  try {
    const url = await server.printed(/"?url"?:? ?"?(http[^"\s]+)/i)
    const page = await (await fetch(url)).text()
    if (!page.includes('<!doctype html>')) throw new Error(`the console at ${url} is no page: ${page.slice(0, 200)}`)
  } finally {
    await server.stop()
  }
}
