import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Statement } from '../model.ts'
import { conditionsHold } from '../permissions/conditions.ts'
import { evaluate } from '../permissions/evaluate.ts'
import { matchesGlob } from '../permissions/glob.ts'
import { createPermissions } from '../permissions/permissions.ts'
import { allow, functionWith, model, queue } from './support/gateway.ts'

const ARN = 'arn:aws:sqs:us-east-1:000000000000:work'
const ask = (action: string, resource = ARN, context = {}) => ({ action, resource, context })
const deny = (actions: string, resources: string): Statement => ({ ...allow(actions, resources), effect: 'Deny' })

describe('a decision', () => {
  test('nothing is granted by default', () => {
    expect(evaluate([], ask('sqs:SendMessage'))).toBe('not-granted')
    expect(evaluate([allow('sqs:ReceiveMessage', ARN)], ask('sqs:SendMessage'))).toBe('not-granted')
  })

  test('actions match in any case and with wildcards, resources in their own case', () => {
    expect(evaluate([allow('SQS:send*', '*')], ask('sqs:SendMessage'))).toBe('allowed')
    expect(evaluate([allow('sqs:*', ARN.toUpperCase())], ask('sqs:SendMessage'))).toBe('not-granted')
    expect(evaluate([allow('sqs:SendMessage', ARN.replace('work', 'wor?'))], ask('sqs:SendMessage'))).toBe('allowed')
  })

  test('NotAction covers all actions but those', () => {
    const statement = { ...allow([], '*'), notActions: ['sqs:Delete*'] }
    expect(evaluate([statement], ask('sqs:SendMessage'))).toBe('allowed')
    expect(evaluate([statement], ask('sqs:DeleteQueue'))).toBe('not-granted')
  })

  const statements = fc.array(
    fc.record({
      effect: fc.constantFrom('Allow' as const, 'Deny' as const),
      actions: fc.subarray(['sqs:SendMessage', 'sqs:*', 'dynamodb:*', '*'], { minLength: 1 }),
      resources: fc.subarray([ARN, `${ARN}*`, 'arn:aws:sqs:*:other', '*'], { minLength: 1 }),
      conditions: fc.constant({}),
    }),
    { maxLength: 6 },
  )

  test('the order of statements does not matter', () => {
    fc.assert(
      fc.property(statements, (list) => {
        expect(evaluate([...list].reverse(), ask('sqs:SendMessage'))).toBe(evaluate(list, ask('sqs:SendMessage')))
      }),
    )
  })

  test('a deny wins over every allow, and one more allow never takes a right away', () => {
    fc.assert(
      fc.property(statements, (list) => {
        expect(evaluate([...list, deny('sqs:SendMessage', ARN)], ask('sqs:SendMessage'))).toBe('denied')
        const before = evaluate(list, ask('sqs:SendMessage'))
        const after = evaluate([...list, allow('sqs:SendMessage', ARN)], ask('sqs:SendMessage'))
        expect(after).toBe(before === 'denied' ? 'denied' : 'allowed')
      }),
    )
  })
})

describe('a wildcard', () => {
  test('matches like the text it stands for', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, middle, after) => {
        expect(
          matchesGlob(`${before.replace(/[*?]/g, '?')}*${after.replace(/[*?]/g, '?')}`, before + middle + after),
        ).toBe(true)
      }),
    )
  })

  test('a pattern without wildcards matches itself only', () => {
    const plain = fc.string().filter((text) => !/[*?]/.test(text))
    fc.assert(
      fc.property(plain, plain, (pattern, text) => {
        expect(matchesGlob(pattern, text)).toBe(pattern === text)
      }),
    )
  })
})

describe('a condition', () => {
  const holds = (operator: string, wanted: string[], actual?: string[]) =>
    conditionsHold({ [operator]: { 'dynamodb:LeadingKeys': wanted } }, { 'dynamodb:LeadingKeys': actual })

  test.each([
    ['StringEquals', ['a', 'b'], ['b'], true],
    ['StringEquals', ['a'], ['A'], false],
    ['StringEquals', ['a'], undefined, false],
    ['StringEqualsIfExists', ['a'], undefined, true],
    ['StringEqualsIgnoreCase', ['a'], ['A'], true],
    ['StringNotEquals', ['a', 'b'], ['c'], true],
    ['StringNotEquals', ['a', 'b'], ['b'], false],
    ['StringNotEquals', ['a'], undefined, true],
    ['StringLike', ['user-*'], ['user-1'], true],
    ['StringNotLike', ['user-*'], ['user-1'], false],
    ['Bool', ['TRUE'], ['true'], true],
    ['ArnLike', ['arn:aws:iam::*:role/x'], ['arn:aws:iam::1:role/x'], true],
    ['ArnEquals', ['arn:aws:iam::*'], ['arn:aws:iam::1:role/x'], false],
    ['Null', ['true'], undefined, true],
    ['Null', ['false'], undefined, false],
    ['Null', ['false'], ['a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
    ['ForAllValues:StringEquals', ['a'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', ['a'], undefined, true],
    ['ForAnyValue:StringEquals', ['a'], ['c', 'a'], true],
    ['ForAnyValue:StringEquals', ['a'], undefined, false],
    ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], true],
    ['ForAllValues:StringLike', ['tenant-*'], ['tenant-1'], true],
  ])('%s %j of %j is %s', (operator, wanted, actual, expected) => {
    expect(holds(operator, wanted, actual)).toBe(expected)
  })

  test('all keys and operators must hold', () => {
    const conditions = { StringEquals: { 'aws:PrincipalAccount': ['1'] }, Bool: { 'aws:SecureTransport': ['true'] } }
    expect(conditionsHold(conditions, { 'aws:PrincipalAccount': ['1'], 'aws:SecureTransport': ['true'] })).toBe(true)
    expect(conditionsHold(conditions, { 'aws:PrincipalAccount': ['1'], 'aws:SecureTransport': ['false'] })).toBe(false)
  })

  test('the names of keys are the same in any case', () => {
    expect(conditionsHold({ Bool: { 'AWS:securetransport': ['true'] } }, { 'aws:SecureTransport': ['true'] })).toBe(
      true,
    )
  })
})

describe('a condition that cannot be evaluated', () => {
  const start = (conditions: Statement['conditions'], effect: Statement['effect'], lines: string[] = []) => {
    const grants = [allow('sqs:ReceiveMessage', '*'), { ...allow('sqs:SendMessage', '*', { conditions }), effect }]
    return createPermissions(model({ actors: [functionWith('worker', grants)] }), (_, line) => lines.push(line))
  }
  const call = (operation: string) => ({
    service: 'sqs' as const,
    operation,
    caller: { kind: 'function' as const, functionName: 'worker' },
    ...{ region: 'us-east-1', session: '', text: '', input: { QueueUrl: 'work' } },
  })

  test.each([
    ['an operator', { NumericLessThan: { 'aws:PrincipalAccount': ['1'] } }, 'the operator NumericLessThan'],
    ['a key', { StringEquals: { 'aws:MultiFactorAuthAge': ['1'] } }, 'the condition key aws:MultiFactorAuthAge'],
    ['a policy variable', { StringLike: { 'aws:PrincipalArn': ['${aws:username}'] } }, 'the policy variable'],
    ['a set without its operator', { StringEquals: { 'dynamodb:LeadingKeys': ['a'] } }, 'without ForAllValues'],
  ])('%s: a denial is refused at the start, and a grant grants nothing and says so', (_, given, message) => {
    const conditions = given as unknown as Statement['conditions']
    expect(() => start(conditions, 'Deny')).toThrow(message)
    const lines: string[] = []
    const { refusal } = start(conditions, 'Allow', lines)
    expect(lines).toEqual([expect.stringContaining(message)])
    expect(refusal(call('SendMessage'))).toMatchObject({ action: 'sqs:SendMessage' })
    expect(refusal(call('ReceiveMessage'))).toBeUndefined()
  })

  test('is none in statements about services that nobody calls here', () => {
    const statement = allow('ssm:GetParameter', '*', { conditions: { StringEquals: { 'ssm:Recursive': ['x'] } } })
    expect(() =>
      createPermissions(model({ actors: [functionWith('worker', [statement])] }), () => undefined),
    ).not.toThrow()
  })
})

test.each(['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::111122223333:policy/ours'])(
  'the grants of %s are unknown: it is named with its function at the start, and the call is refused',
  (policy) => {
    const { fn, role } = functionWith('worker', [allow('sqs:SendMessage', '*')])
    const lines: string[] = []
    const attached = { ...role, foreignPolicies: [policy] }
    createPermissions(model({ actors: [{ fn, role: attached }] }), (_, line) => lines.push(line))
    expect(lines).toEqual([expect.stringContaining(`${policy} are not in the template: here worker is refused`)])
  },
)

describe('a queue policy', () => {
  const call = {
    service: 'sqs' as const,
    operation: 'SendMessage',
    caller: { kind: 'function' as const, functionName: 'worker' },
    region: 'us-east-1',
    session: '',
    input: { QueueUrl: 'http://localhost/000000000000/work', MessageBody: 'x' },
    text: '',
  }
  const refusal = (policy: Statement[], statements: Statement[] = []) => {
    const stack = model({ queues: [queue('work', { policy })], actors: [functionWith('worker', statements)] })
    return createPermissions(stack, () => undefined).refusal(call)?.message
  }
  const tlsOnly: Statement = {
    ...deny('sqs:*', ARN),
    principals: ['*'],
    conditions: { Bool: { 'aws:SecureTransport': ['false'] } },
  }

  test('that demands TLS does not lock the loopback connection out, and that is said once', () => {
    const lines: string[] = []
    const stack = model({ queues: [queue('work', { policy: [tlsOnly] }), queue('more', { policy: [tlsOnly] })] })
    createPermissions(stack, (_, line) => lines.push(line))
    expect(lines).toEqual(['2 queues demand TLS: the loopback connection of this endpoint counts as TLS'])
    expect(refusal([tlsOnly], [allow('sqs:SendMessage', ARN)])).toBeUndefined()
  })

  test('grants to a role of its own account what the role itself does not', () => {
    const principals = ['arn:aws:iam::000000000000:role/worker-role']
    expect(refusal([allow('sqs:SendMessage', ARN, { principals })])).toBeUndefined()
  })

  test('that allows the whole account leaves the decision to the roles', () => {
    const principals = ['arn:aws:iam::000000000000:root']
    expect(refusal([allow('sqs:SendMessage', ARN, { principals })])).toContain(
      'because no identity-based policy allows',
    )
  })

  test('for a service grants nothing to a role', () => {
    expect(refusal([allow('sqs:SendMessage', ARN, { principals: ['sns.amazonaws.com'] })])).toBeDefined()
  })

  test('that denies wins over what the role allows', () => {
    const policy = { ...deny('sqs:SendMessage', ARN), principals: ['*'] }
    expect(refusal([policy], [allow('sqs:*', '*')])).toContain('with an explicit deny in a resource-based policy')
  })
})
