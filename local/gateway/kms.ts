import { z } from 'zod'
import type { EncryptionKey, StackModel } from '../model.ts'
import type { Usage } from '../types.ts'
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts'
import type { Call } from './call.ts'
import { type KeyMaterial, keyIdOf } from './kms-keys.ts'

const MAX_PLAINTEXT_BYTES = 4096

const context = z.record(z.string(), z.string()).default({})
const requests = {
  Encrypt: z.object({ KeyId: z.string(), Plaintext: z.base64(), EncryptionContext: context }),
  Decrypt: z.object({ KeyId: z.string().optional(), CiphertextBlob: z.base64(), EncryptionContext: context }),
}

/** KMS, as far as a function needs it to keep small secrets: symmetric keys of the template, Encrypt and Decrypt. */
export function createKms({ model, keys, usage }: { model: StackModel; keys: KeyMaterial; usage: Usage }) {
  return {
    async perform(call: Call): Promise<Answer> {
      const answer = carriedOut(call, model, keys)
      if (call.caller.kind !== 'operator')
        usage.call(call.caller.functionName, `kms.${call.operation}`, { requestUnits: 1 })
      return answer
    },
  }
}

function carriedOut({ operation, input }: Call, model: StackModel, keys: KeyMaterial): Answer {
  if (operation === 'Encrypt') return encrypt(input, model, keys)
  if (operation === 'Decrypt') return decrypt(input, model, keys)
  return refused(
    'UnsupportedOperationException',
    `${operation} is not emulated: of KMS this endpoint speaks Encrypt and Decrypt.`,
  )
}

function encrypt(input: Call['input'], model: StackModel, keys: KeyMaterial): Answer {
  const read = requests.Encrypt.safeParse(input)
  if (!read.success) return refused('ValidationException', z.prettifyError(read.error))
  const plaintext = Buffer.from(read.data.Plaintext, 'base64')
  if (plaintext.length === 0 || plaintext.length > MAX_PLAINTEXT_BYTES)
    return refused(
      'ValidationException',
      `The plaintext has ${plaintext.length} bytes; KMS takes 1 to ${MAX_PLAINTEXT_BYTES}.`,
    )
  return withKey(model, read.data.KeyId, (key) => {
    const sealed = keys.seal(key.keyId, plaintext, read.data.EncryptionContext)
    return done(key, { CiphertextBlob: sealed.toString('base64') })
  })
}

function decrypt(input: Call['input'], model: StackModel, keys: KeyMaterial): Answer {
  const read = requests.Decrypt.safeParse(input)
  if (!read.success) return refused('ValidationException', z.prettifyError(read.error))
  const { CiphertextBlob, KeyId, EncryptionContext } = read.data
  const ciphertext = Buffer.from(CiphertextBlob, 'base64')
  const named = keyIdOf(ciphertext)
  if (named === undefined) return notOpened()
  return withKey(model, named, (key) => {
    if (KeyId !== undefined && keyOf(model, KeyId) !== key)
      return refused('IncorrectKeyException', `The ciphertext is not of the key ${KeyId}.`)
    const plaintext = keys.open(ciphertext, EncryptionContext)
    return plaintext ? done(key, { Plaintext: plaintext.toString('base64') }) : notOpened()
  })
}

/** The key that a key id, key ARN, alias or alias ARN means. */
export function keyOf(model: StackModel, name: string): EncryptionKey | undefined {
  const short = name.replace(/^arn:aws:kms:[^:]*:[^:]*:/, '').replace(/^key\//, '')
  return model.keys.find(({ keyId, aliases }) => keyId === short || aliases.includes(short))
}

function withKey(model: StackModel, name: string, use: (key: EncryptionKey) => Answer): Answer {
  const key = keyOf(model, name)
  if (!key)
    return refused('NotFoundException', `Key '${name}' does not exist: the template of this stack has no such key.`)
  return key.enabled ? use(key) : refused('DisabledException', `${key.arn} is disabled.`)
}

function done(key: EncryptionKey, result: object): Answer {
  return jsonAnswer({ ...result, KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
}

/** KMS gives no reason either: a caller that may not open it does not learn why. */
function notOpened(): Answer {
  return refused('InvalidCiphertextException', '')
}

function refused(code: string, message: string): Answer {
  return errorAnswer('kms', { status: 400, code, message })
}
