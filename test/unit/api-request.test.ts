import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { callerOf, keyOwnerOf } from '../../functions/api/caller.ts'

const from = (authorizer?: object) => ({ requestContext: { authorizer } }) as unknown as APIGatewayProxyEventV2
const role = (session: string) => from({ iam: { userArn: `arn:aws:sts::123456789012:assumed-role/shop/${session}` } })

describe('a caller', () => {
  it.each([
    [
      'an IAM user',
      from({ iam: { userArn: 'arn:aws:iam::123456789012:user/ann' } }),
      'arn:aws:iam::123456789012:user/ann',
    ],
    ['the subject of a token', from({ jwt: { claims: { iss: 'https://issuer', sub: 'ann' } } }), 'https://issuer#ann'],
    ['anonymous', from(), 'anonymous'],
  ])('is %s', (_, event, name) => {
    expect(callerOf(event)).toBe(name)
    expect(keyOwnerOf(event)).toBe(name)
  })

  it('keeps its idempotency keys from one session of its role to the next, and its name in the trail', () => {
    expect(keyOwnerOf(role('task-1'))).toBe(keyOwnerOf(role('task-2')))
    expect(keyOwnerOf(role('task-1'))).toBe('arn:aws:sts::123456789012:assumed-role/shop')
    expect(callerOf(role('ann@example.com'))).toMatch(/ann@example.com$/)
  })
})
