import { expect, it } from 'vitest'
import { isBusy } from '../../functions/aws/faults.ts'

const named = (name: string, rest: object = {}) => Object.assign(new Error('x'), { name, ...rest })

it.each([
  ['throttling', named('ThrottlingException')],
  ['a conflict', named('TransactionConflictException')],
  ['a mapping that is still being switched', named('ResourceInUseException')],
  ['a lost connection', named('Error', { code: 'ECONNRESET' })],
  ['any fault of the service', named('Whatever', { $metadata: { httpStatusCode: 500 } })],
])('%s passes by itself: the caller is told to come back', (_, error) => {
  expect(isBusy(error)).toBe(true)
})

it.each([
  ['a refusal', named('AccessDeniedException', { $metadata: { httpStatusCode: 400 } })],
  ['a mistake of ours', named('ValidationException')],
  ['what is no error', 'ThrottlingException'],
])('%s does not', (_, error) => {
  expect(isBusy(error)).toBe(false)
})
