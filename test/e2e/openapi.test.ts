import { beforeAll, expect, test } from 'vitest'
import { api } from './support/api.ts'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[]
  readonly requestBody?: { readonly content: Record<string, { schema: object }> }
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}
interface Document {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, object> }
}

/** Every request of the contract, and how it is answered when all is well. */
const contract = {
  'POST /orders': '201',
  'GET /orders/{id}': '200',
  'POST /users': '201',
  'GET /users': '200',
  'GET /users/{id}': '200',
  'GET /users/{id}/audit': '200',
  'POST /password-resets': '202',
  'POST /webhooks': '201',
  'GET /webhooks': '200',
  'DELETE /webhooks/{id}': '204',
  'POST /webhooks/{id}/secret': '201',
  'GET /reports/{id}': '200',
  'POST /jobs': '202',
  'POST /job-batches': '202',
  'GET /jobs/{id}': '200',
  'GET /jobs': '200',
  'POST /jobs/{id}/cancel': '200',
  'POST /jobs/{id}/replay': '202',
  'GET /dead-letters': '200',
  'POST /dead-letters/redrive': '202',
  'GET /schedules': '200',
  'GET /stats': '200',
  'GET /metrics': '200',
  'GET /alarms': '200',
  'GET /usage': '200',
  'GET /health': '200',
  'GET /openapi.json': '200',
  'GET /probes/{key}': '200',
}

let document: Document
const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  )

beforeAll(async () => {
  const { status, body } = await api.get<Document>('/openapi.json')
  expect(status).toBe(200)
  document = body
})

test('the document is OpenAPI 3.1 and names every request of the contract', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/)
  expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
  const responses = new Map(operations().map(({ name, operation }) => [name, Object.keys(operation.responses)]))
  for (const [name, success] of Object.entries(contract)) expect(responses.get(name), name).toContain(success)
})

test('every operation has an id of its own, a summary, and its success', () => {
  const ids = operations().map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { name, operation } of operations()) {
    expect(operation.summary, name).not.toBe('')
    const successes = Object.keys(operation.responses).filter((status) => status.startsWith('2'))
    if (name === 'POST /jobs') expect(successes).toEqual(['200', '202'])
    else expect(successes, name).toHaveLength(1)
    for (const { description } of Object.values(operation.responses))
      expect(description, name).toEqual(expect.any(String))
  }
})

test('every parameter of a path is described, and no other', () => {
  for (const { name, path, operation } of operations()) {
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(
      inPath.map((parameter) => parameter.name),
      name,
    ).toEqual([...path.matchAll(/{(\w+)}/g)].map(([, one]) => one))
    expect(
      inPath.every(({ required }) => required),
      name,
    ).toBe(true)
  }
})

test('every reference leads somewhere', () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)
  const names = new Set([...references].map(([, name = '']) => name))
  expect(names.size).toBeGreaterThan(0)
  for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name)
})

test('every POST that creates takes an Idempotency-Key', () => {
  const creating = operations().filter(({ operation }) =>
    operation.parameters?.some(({ name }) => name === 'Idempotency-Key'),
  )
  const paths = ['/job-batches', '/jobs', '/orders', '/password-resets', '/users', '/webhooks', '/webhooks/{id}/secret']
  expect(creating.map(({ name }) => name)).toEqual(expect.arrayContaining(paths.map((path) => `POST ${path}`)))
})
