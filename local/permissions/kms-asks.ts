import type { Call } from '../gateway/call.ts'
import { keyOf } from '../gateway/kms.ts'
import { keyIdOf } from '../gateway/kms-keys.ts'
import type { StackModel } from '../model.ts'
import { encryptionContext } from './conditions.ts'
import type { Need } from './need.ts'

/** KMS is asked for a key; what decrypts need not name it, because the ciphertext does. */
export function kmsAsks({ operation, input }: Call, model: StackModel): Need[] {
  const name = typeof input.KeyId === 'string' ? input.KeyId : nameIn(input.CiphertextBlob)
  // Not even the name of a key: the service refuses it as an invalid ciphertext, for every caller.
  if (name === undefined) return []
  const arn = keyOf(model, name)?.arn ?? `arn:aws:kms:${model.region}:${model.accountId}:key/${name}`
  return [{ action: `kms:${operation}`, resources: [arn], context: () => contextOf(input, model) }]
}

function nameIn(ciphertext: unknown): string | undefined {
  return typeof ciphertext === 'string' ? keyIdOf(Buffer.from(ciphertext, 'base64')) : undefined
}

function contextOf(input: Call['input'], { accountId }: StackModel) {
  const given = Object.entries((input.EncryptionContext ?? {}) as Record<string, string>)
  return {
    'kms:CallerAccount': [accountId],
    'kms:EncryptionAlgorithm': ['SYMMETRIC_DEFAULT'],
    'kms:EncryptionContextKeys': given.map(([name]) => name),
    ...Object.fromEntries(given.map(([name, value]) => [encryptionContext(name), [value]])),
  }
}
