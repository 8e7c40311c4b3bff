import { randomBytes } from 'node:crypto'
import { DecryptCommand, EncryptCommand, InvalidCiphertextException, KMSClient } from '@aws-sdk/client-kms'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, it } from 'vitest'
import { keylessSecrets, kmsSecrets } from '../../functions/aws/secrets.ts'
import { ChangeRefusedError, PermanentError } from '../../shared/define/errors.ts'

const context = { webhook: 'w1' }

/** KMS as far as the adapter can tell: what it was given under a random name, back for the same context only. */
function stage(now = () => 0) {
  const kms = mockClient(KMSClient)
  const held = new Map<string, { plaintext: Uint8Array; context: string }>()
  kms.on(EncryptCommand).callsFake(({ Plaintext, EncryptionContext }) => {
    const CiphertextBlob = randomBytes(24)
    held.set(CiphertextBlob.toString('hex'), { plaintext: Plaintext, context: JSON.stringify(EncryptionContext) })
    return { CiphertextBlob }
  })
  kms.on(DecryptCommand).callsFake(({ CiphertextBlob, EncryptionContext }) => {
    const found = held.get(Buffer.from(CiphertextBlob).toString('hex'))
    if (found?.context === JSON.stringify(EncryptionContext)) return { Plaintext: found.plaintext }
    throw new InvalidCiphertextException({ message: '', $metadata: {} })
  })
  const secrets = kmsSecrets(kms as unknown as KMSClient, 'arn:key', now)
  return { secrets, decrypts: () => kms.commandCalls(DecryptCommand).length, kms }
}

describe('a secret under a key', () => {
  it('is nowhere in what is stored, and opens for its owner', async () => {
    const { secrets, kms } = stage()
    const sealed = await secrets.seal('whsec_ü', context)
    expect(sealed).toMatch(/^kms1:[A-Za-z0-9+/=]+$/)
    expect(Buffer.from(sealed.slice(5), 'base64').toString()).not.toContain('whsec')
    expect(await secrets.open(sealed, context)).toBe('whsec_ü')
    for (const { args } of [...kms.commandCalls(EncryptCommand), ...kms.commandCalls(DecryptCommand)])
      expect(args[0].input).toMatchObject({ KeyId: 'arn:key', EncryptionContext: context })
  })

  it('does not open for another, for good: the record was tampered with', async () => {
    const { secrets } = stage()
    const sealed = await secrets.seal('whsec_1', context)
    await secrets.open(sealed, context)
    const stolen = secrets.open(sealed, { webhook: 'w2' })
    await expect(stolen).rejects.toThrow(PermanentError)
    await expect(stolen).rejects.toThrow('is not that of webhook w2')
    await expect(stolen).rejects.not.toThrow('whsec')
  })

  it('is tried again when KMS is unavailable or refuses: that can be fixed', async () => {
    const { secrets, kms } = stage()
    const sealed = await secrets.seal('whsec_1', context)
    kms.on(DecryptCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }))
    await expect(secrets.open(sealed, context)).rejects.not.toThrow(PermanentError)
  })

  it('is decrypted once in five minutes, and of a thousand the oldest is forgotten', async () => {
    let now = 0
    const { secrets, decrypts } = stage(() => now)
    const sealed = await Promise.all(
      Array.from({ length: 1_001 }, (_, i) => secrets.seal(`s${i}`, { webhook: `w${i}` })),
    )
    const open = (i: number) => secrets.open(sealed[i] ?? '', { webhook: `w${i}` })
    for (let i = 0; i < 1_000; i++) await open(i)
    expect(await open(0)).toBe('s0')
    expect(decrypts()).toBe(1_000)
    await open(1_000)
    expect(decrypts()).toBe(1_001)
    await open(1)
    expect(decrypts()).toBe(1_001)
    await open(0)
    expect(decrypts()).toBe(1_002)
    now = 5 * 60_000
    await open(1_000)
    expect(decrypts()).toBe(1_003)
  })

  it('does not open if it is not sealed: somebody wrote it into the record', async () => {
    const { secrets, decrypts } = stage()
    const open = secrets.open('whsec_1', context)
    await expect(open).rejects.toThrow(PermanentError)
    await expect(open).rejects.not.toThrow('whsec')
    expect(decrypts()).toBe(0)
  })

  it('says so when the stage gave up its key', async () => {
    const sealed = await stage().secrets.seal('whsec_1', context)
    await expect(keylessSecrets.open(sealed, context)).rejects.toThrow('secretsKey set to true')
  })

  it('is not stored at all without a key: the caller is told, with 422', async () => {
    await expect(keylessSecrets.seal('whsec_1', context)).rejects.toThrow(ChangeRefusedError)
  })
})
