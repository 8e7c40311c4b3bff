import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import businessRoutes from '../../app/routes.ts'
import { type HandlerRoute, operatorRoute, route } from '../../functions/api/route.ts'
import { routesOf } from '../../functions/api/routes.ts'
import { DefinitionError } from '../../shared/define/errors.ts'
import { apiOf } from '../support/api.ts'

const described = {
  method: 'POST',
  path: '/things/:id',
  summary: 'A thing',
  access: 'caller',
  success: { status: 200 },
} as const

describe('a route', () => {
  it.each([
    ['no params', undefined],
    ['params with another name', z.object({ name: z.string() })],
    ['params with one name more', z.object({ id: z.string(), name: z.string() })],
  ])('with a part in its path and %s is refused', (_, params) => {
    const definition = { ...described, params, handle: () => ({ status: 200 }) }
    expect(() => route(definition as HandlerRoute<object, undefined, undefined, unknown, object>)).toThrow(
      DefinitionError,
    )
  })

  it.each([undefined, 'anyone', 'Operator'])('with the access %j is refused', (access) => {
    const definition = { ...described, access, params: z.object({ id: z.string() }), handle: () => ({ status: 200 }) }
    const define = route as (definition: object) => unknown
    expect(() => define(definition)).toThrow(/^Route "\/things\/:id": access is .*"caller" or "viewer" or "operator"/)
  })

  it('hands its handler the parsed params, query and body', async () => {
    const thing = operatorRoute({
      ...described,
      params: z.object({ id: z.string() }),
      query: z.strictObject({ count: z.coerce.number().default(7) }),
      body: z.strictObject({ name: z.string().trim() }),
      handle: ({ params, query, body, caller }) => ({ status: 200, body: { ...params, ...query, ...body, caller } }),
    })
    const answer = await apiOf([thing], {})({ method: 'POST', path: '/things/a', body: { name: ' b ' }, by: 'ann' })
    expect(answer).toMatchObject({ status: 200, body: { id: 'a', count: 7, name: 'b', caller: 'ann' } })
  })

  it('is not called for a query or body that does not fit', async () => {
    const never = operatorRoute({
      ...described,
      params: z.object({ id: z.string() }),
      query: z.strictObject({ count: z.coerce.number().optional() }),
      body: z.strictObject({ name: z.string() }),
      handle: () => {
        throw new Error('called')
      },
    })
    const ask = apiOf([never], {})
    const path = '/things/a'
    expect(await ask({ method: 'POST', path, body: { name: 1 } })).toMatchObject({
      body: { errors: [{ path: 'name' }] },
    })
    expect(await ask({ method: 'POST', path, query: { count: 'x' }, body: { name: 'a' } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'count' }] },
    })
  })
})

it('every route that answers a body says its schema, except the OpenAPI document', () => {
  const silent = routesOf(businessRoutes, { probes: true }).filter(
    ({ success }) => success.status !== 204 && !success.schema,
  )
  expect(silent.map(({ path }) => path)).toEqual(['/openapi.json'])
})
