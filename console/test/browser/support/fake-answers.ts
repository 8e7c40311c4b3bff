import type { DeadLetter, ErrorGroup } from '../../../web/src/api/types.ts'
import { jobOfLetter } from './fake-data.ts'
import type { FakeState } from './fake-state.ts'

type Answer = { readonly status: number; readonly body: unknown } | { readonly status: number; readonly detail: string }
type Handler = (state: FakeState, call: { url: URL; body: Body; id: string; verb: string }) => Answer

interface Body {
  readonly ids?: readonly string[]
  readonly type?: string
  readonly error?: string
  readonly since?: string
  readonly until?: string
  readonly dryRun?: boolean
  readonly payload?: unknown
}

const operator = 'arn:aws:sts::123456789012:assumed-role/operator/kim'
const ok = (body: unknown, status = 200): Answer => ({ status, body })

const routes: readonly (readonly [string, RegExp, Handler])[] = [
  ['GET', /^\/stats$/, stats],
  ['GET', /^\/lanes$/, ({ lanes }) => ok({ lanes })],
  ['POST', /^\/lanes\/(?<id>[^/]+)\/(?<verb>pause|resume)$/, switchLane],
  ['GET', /^\/jobs$/, jobs],
  ['GET', /^\/jobs\/(?<id>[^/]+)$/, job],
  ['POST', /^\/jobs\/(?<id>[^/]+)\/(?<verb>cancel|replay)$/, actOnJob],
  ['GET', /^\/batches$/, batches],
  ['GET', /^\/batches\/(?<id>[^/]+)$/, batch],
  ['GET', /^\/batches\/(?<id>[^/]+)\/jobs$/, members],
  ['POST', /^\/batches\/(?<id>[^/]+)\/seal$/, seal],
  ['GET', /^\/dead-letters$/, deadLetters],
  ['POST', /^\/dead-letters\/redrive$/, redrive],
  ['POST', /^\/reconcile$/, reconcile],
  ['GET', /^\/alarms$/, ({ alarms }) => ok({ alarms })],
  ['GET', /^\/metrics$/, ({ metrics }) => found(metrics, '/metrics')],
  ['GET', /^\/usage$/, ({ usage }) => found(usage, '/usage')],
  ['GET', /^\/schedules$/, ({ schedules }) => ok({ schedules })],
  ['GET', /^\/actions$/, (state, { url }) => ok(page(state.actions, url, 'actions'))],
]

export function answers(state: FakeState, method: string, url: URL, body: unknown): Answer {
  for (const [routeMethod, pattern, handler] of routes) {
    const match = pattern.exec(decodeURIComponent(url.pathname))
    const { id = '', verb = '' } = match?.groups ?? {}
    if (match && method === routeMethod) return handler(state, { url, body: (body ?? {}) as Body, id, verb })
  }
  return { status: 404, detail: `There is no ${url.pathname}.` }
}

function found(body: unknown, path: string): Answer {
  return body ? ok(body) : { status: 404, detail: `There is no ${path}.` }
}

function stats({ depths, jobs, letters }: FakeState): Answer {
  const lanes = depths.map((lane) => ({ ...lane, dead: letters.filter((letter) => letter.lane === lane.name).length }))
  const retrying = jobs.filter(({ status }) => status === 'retrying').length
  return ok({ lanes, jobs: { retrying, dead: letters.length } })
}

function switchLane(state: FakeState, { id, verb }: { id: string; verb: string }): Answer {
  const lane = state.lanes.find(({ name }) => name === id)
  if (!lane) return { status: 404, detail: `There is no lane "${id}".` }
  const { pausedBy: _, pausedAt: __, ...rest } = lane
  const paused = { state: 'paused', pausedBy: operator, pausedAt: new Date(state.now).toISOString() } as const
  const switched = { ...rest, ...(verb === 'pause' ? paused : { state: 'running' as const }) }
  state.lanes = state.lanes.map((one) => (one === lane ? switched : one))
  note(state, `${verb} lane`, id)
  return ok({ name: id, state: switched.state })
}

function jobs(state: FakeState, { url }: { url: URL }): Answer {
  const record = url.searchParams.get('record')
  if (record) return jobsOf(state, record)
  const [status, type, lane, id] = ['status', 'type', 'lane', 'id'].map((name) => url.searchParams.get(name))
  const always = ['scheduled', 'retrying', 'dead']
  if (status && !state.hasJobIndex && !always.includes(status))
    return { status: 422, detail: `"${status}" needs the index of all jobs: set jobIndex to true and deploy.` }
  if (state.emptyPages > 0) return ok({ jobs: [], next: '0' })
  const statuses = state.hasJobIndex || status ? undefined : ['retrying', 'dead']
  const matching = [...state.jobs, ...state.letters.map(jobOfLetter)].filter(
    (one) =>
      (status ? one.status === status : (statuses?.includes(one.status) ?? true)) &&
      (!type || one.type === type) &&
      (!lane || one.lane === lane) &&
      one.id.startsWith(id ?? ''),
  )
  return ok({ ...page(matching, url, 'jobs'), statuses })
}

function jobsOf(state: FakeState, record: string): Answer {
  const all = [...state.letters.slice(0, 20).map(jobOfLetter), ...state.jobs]
  const jobs = all.filter((job) => `${job.record?.kind}/${job.record?.id}` === record)
  return jobs.length > 0 ? ok({ jobs }) : { status: 404, detail: `There is no ${record.replace('/', ' "')}".` }
}

function job(state: FakeState, { id }: { id: string }): Answer {
  const letter = state.letters.find((one) => one.id === id)
  const found = letter ? jobOfLetter(letter) : state.jobs.find((one) => one.id === id)
  return found ? ok(found) : { status: 404, detail: `There is no job "${id}", or it ended more than 30 days ago.` }
}

function actOnJob(state: FakeState, { id, verb, body }: { id: string; verb: string; body: Body }): Answer {
  note(state, `${verb} job`, id)
  const letter = state.letters.find((one) => one.id === id)
  if (letter && verb === 'replay' && body.payload !== undefined) return replaceJob(state, letter, body.payload)
  if (letter && verb === 'replay') {
    sendAgain(state, [letter])
    return ok({ id, type: letter.type, status: 'retrying' }, 202)
  }
  const found = state.jobs.find((one) => one.id === id)
  if (verb === 'cancel' && found?.status === 'pending') {
    state.jobs = state.jobs.map((one) => (one.id === id ? { ...one, status: 'cancelled' } : one))
    return ok({ id, status: 'cancelled' })
  }
  return { status: 409, detail: `Job "${id}" is ${found?.status}: only a job that has not started can be cancelled.` }
}

function batches(state: FakeState, { url }: { url: URL }): Answer {
  const status = url.searchParams.get('status')
  return ok(page(status ? state.batches.filter((one) => one.status === status) : state.batches, url, 'batches'))
}

const noBatch = (id: string): Answer => ({
  status: 404,
  detail: `There is no batch "${id}", or it ended more than 60 days ago.`,
})

function batch(state: FakeState, { id }: { id: string }): Answer {
  const found = state.batches.find((one) => one.id === id)
  return found ? ok(found) : noBatch(id)
}

function members(state: FakeState, { id, url }: { id: string; url: URL }): Answer {
  const status = url.searchParams.get('status')
  const all = state.members(id)
  return ok(page(status ? all.filter((one) => one.status === status) : all, url, 'jobs'))
}

function seal(state: FakeState, { id }: { id: string }): Answer {
  const found = state.batches.find((one) => one.id === id)
  if (!found) return noBatch(id)
  if (found.sealedAt) return { status: 409, detail: `Batch "${id}" was sealed at ${found.sealedAt}.` }
  const sealed = { ...found, status: 'running' as const, sealedAt: new Date(state.now).toISOString() }
  state.batches = state.batches.map((one) => (one === found ? sealed : one))
  return ok(sealed)
}

function replaceJob(state: FakeState, letter: DeadLetter, payload: unknown): Answer {
  if (JSON.stringify(payload).includes('"total":"'))
    return { status: 422, detail: 'The body does not fit: payload.total must be a number.' }
  const old = jobOfLetter(letter)
  const id = `${letter.id.slice(0, -2)}ff`
  state.letters = state.letters.filter(({ id }) => id !== letter.id)
  state.jobs.push({ ...old, status: 'cancelled', replayedAs: id })
  const { type, lane, maxAttempts } = old
  const made = { id, type, lane, maxAttempts, attempts: 0, createdAt: new Date(state.now).toISOString(), payload }
  state.jobs.push({ ...made, status: 'pending', replayOf: old.id })
  return ok({ id, type, status: 'pending' }, 202)
}

function deadLetters(state: FakeState, { url }: { url: URL }): Answer {
  const matching = match(state.letters, Object.fromEntries(url.searchParams))
  const groupsComplete = state.groupsComplete ? undefined : false
  return ok({ ...page(matching, url, 'deadLetters'), groups: groupsOf(matching), groupsComplete })
}

function redrive(state: FakeState, { body }: { body: Body }): Answer {
  const { ids, dryRun } = body
  const wanted = ids && new Set(ids)
  const matching = wanted ? state.letters.filter(({ id }) => wanted.has(id)) : match(state.letters, body)
  if (dryRun) return ok({ matched: matching.length, moved: 0, complete: true }, 202)
  note(state, 'redrive', JSON.stringify(body).slice(0, 120))
  const now = matching.slice(0, state.perCall)
  sendAgain(state, now)
  return ok({ matched: now.length, moved: now.length, complete: now.length === matching.length }, 202)
}

function sendAgain(state: FakeState, letters: readonly DeadLetter[]): void {
  const gone = new Set(letters.map(({ id }) => id))
  state.redriven.push(...gone)
  state.letters = state.letters.filter(({ id }) => !gone.has(id))
}

function reconcile(state: FakeState): Answer {
  note(state, 'reconcile', '')
  return ok({}, 202)
}

function note(state: FakeState, action: string, detail: string): void {
  const at = new Date(state.now).toISOString()
  state.actions.unshift({ id: `a${state.actions.length}`, at, by: operator, action, detail })
}

function match(letters: readonly DeadLetter[], { type, error, since, until }: Body): DeadLetter[] {
  return letters.filter(
    (letter) =>
      (!type || letter.type === type) &&
      (error === undefined || general(letter.error) === error) &&
      (!since || letter.diedAt >= since) &&
      (!until || letter.diedAt < until),
  )
}

/** Without what differs from one job to the next. */
function general(error: string): string {
  return error.replace(/[^\s@]+@[^\s@]+/g, '<address>')
}

function groupsOf(letters: readonly DeadLetter[]): ErrorGroup[] {
  const groups = new Map<string, { type: string; error: string; count: number }>()
  for (const { type, error } of letters) {
    const key = general(error)
    const group = groups.get(type + key) ?? { type, error: key, count: 0 }
    group.count++
    groups.set(type + key, group)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

function page(all: readonly unknown[], url: URL, name: string) {
  const from = Number(url.searchParams.get('cursor') ?? 0)
  const to = from + Number(url.searchParams.get('limit') ?? 100)
  return { [name]: all.slice(from, to), next: to < all.length ? String(to) : undefined }
}
