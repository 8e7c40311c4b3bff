import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DecryptCommand, EncryptCommand, GenerateMacCommand, type KMSClient } from '@aws-sdk/client-kms'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { StackModel } from '../model.ts'
import { ACCOUNT, allow, functionWith, gatewayFor, key, keyArn, model, REGION } from './support/gateway.ts'

const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop()
})

async function start(stack: StackModel, dataDir?: string) {
  const gateway = await gatewayFor(stack, { dataDir })
  running.push(gateway)
  return gateway
}

const text = (value: Uint8Array | undefined) => Buffer.from(value ?? []).toString()
type Context = Record<string, string>

async function seal(kms: KMSClient, plaintext: string, EncryptionContext?: Context, KeyId = 'k1') {
  const input = { KeyId, Plaintext: Buffer.from(plaintext), EncryptionContext }
  return (await kms.send(new EncryptCommand(input))).CiphertextBlob as Uint8Array
}

async function open(kms: KMSClient, CiphertextBlob: Uint8Array, EncryptionContext?: Context, KeyId?: string) {
  const input = { CiphertextBlob, EncryptionContext, KeyId }
  return text((await kms.send(new DecryptCommand(input))).Plaintext)
}

describe('a key', () => {
  test('opens what it sealed with the same context, in any order, named by id, ARN, alias or not at all', async () => {
    const { kms } = (await start(model({ keys: [key('k1', { aliases: ['alias/shop'] })] }))).clients()
    for (const name of ['k1', keyArn('k1'), 'alias/shop', `arn:aws:kms:${REGION}:${ACCOUNT}:alias/shop`]) {
      const sealed = await seal(kms, 'grüße', { a: '1', b: '2' }, name)
      expect(await open(kms, sealed, { b: '2', a: '1' }, name)).toBe('grüße')
      expect(await open(kms, sealed, { a: '1', b: '2' })).toBe('grüße')
    }
    const answer = await kms.send(new EncryptCommand({ KeyId: 'alias/shop', Plaintext: Buffer.from('x') }))
    expect(answer).toMatchObject({ KeyId: keyArn('k1'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
  })

  test('seals the same differently each time, and nothing of it shows', async () => {
    const { kms } = (await start(model({ keys: [key('k1')] }))).clients()
    const [first, second] = [await seal(kms, 'the secret'), await seal(kms, 'the secret')]
    expect(Buffer.compare(first, second)).not.toBe(0)
    expect(text(first)).not.toContain('secret')
  })

  test.each<[string, Context | undefined, (sealed: Uint8Array) => Uint8Array]>([
    ['with another value in the context', { webhook: 'w2' }, (sealed) => sealed],
    ['with more in the context', { webhook: 'w1', more: '' }, (sealed) => sealed],
    ['without the context', undefined, (sealed) => sealed],
    ['with a changed last byte', { webhook: 'w1' }, (sealed) => sealed.with(-1, (sealed.at(-1) ?? 0) ^ 1)],
    ['cut short', { webhook: 'w1' }, (sealed) => sealed.subarray(0, -1)],
    ['that is no ciphertext', { webhook: 'w1' }, () => Buffer.from('plain')],
  ])('does not open what comes %s', async (_, context, changed) => {
    const { kms } = (await start(model({ keys: [key('k1')] }))).clients()
    const sealed = Uint8Array.from(await seal(kms, 'secret', { webhook: 'w1' }))
    await expect(open(kms, changed(sealed), context)).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
  })

  test('does not open what another sealed, nor anything while it is disabled, and must be in the template', async () => {
    const stack = model({ keys: [key('k1'), key('k2'), key('off', { enabled: false })] })
    const { kms } = (await start(stack)).clients()
    const sealed = await seal(kms, 'secret', {}, 'k1')
    await expect(open(kms, sealed, {}, 'k2')).rejects.toMatchObject({ name: 'IncorrectKeyException' })
    await expect(seal(kms, 'secret', {}, 'off')).rejects.toMatchObject({ name: 'DisabledException' })
    await expect(seal(kms, 'secret', {}, 'gone')).rejects.toMatchObject({ name: 'NotFoundException' })
  })

  test('takes 1 to 4,096 bytes, and nothing but Encrypt and Decrypt', async () => {
    const { kms } = (await start(model({ keys: [key('k1')] }))).clients()
    expect(await open(kms, await seal(kms, 'x'.repeat(4096)))).toHaveLength(4096)
    for (const wrong of ['', 'x'.repeat(4097)])
      await expect(seal(kms, wrong)).rejects.toMatchObject({ name: 'ValidationException' })
    const other = new GenerateMacCommand({ KeyId: 'k1', Message: Buffer.from('x'), MacAlgorithm: 'HMAC_SHA_256' })
    await expect(kms.send(other)).rejects.toMatchObject({ name: 'UnsupportedOperationException' })
  })

  test('is the same after a restart, and its file is for its owner alone', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'kms-'))
    onTestFinished(() => rm(dataDir, { recursive: true }))
    const first = await start(model({ keys: [key('k1')] }), dataDir)
    const sealed = await seal(first.clients().kms, 'secret', { webhook: 'w1' })
    await first.stop()
    // The key left the template, and came back beside another.
    await (await start(model(), dataDir)).stop()
    const later = await start(model({ keys: [key('k0'), key('k1')] }), dataDir)
    expect(await open(later.clients().kms, sealed, { webhook: 'w1' })).toBe('secret')
    expect((await stat(join(dataDir, 'kms.json'))).mode & 0o077).toBe(0)
  })
})

describe('who may use a key', () => {
  const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }
  const onlyWith = (present: 'true' | 'false') => ({
    conditions: { Null: { 'kms:EncryptionContext:IdempotentRetry': [present] } },
  })
  const api = functionWith('api', [
    allow('kms:Encrypt', keyArn('k1')),
    allow('kms:Decrypt', keyArn('k1'), onlyWith('false')),
  ])
  const consumer = functionWith('consumer', [allow('kms:Decrypt', keyArn('k1'), onlyWith('true'))])

  test('seals only, opens only, and each only with the context that its policy names', async () => {
    const gateway = await start(model({ keys: [key('k1')], actors: [api, consumer] }))
    const [a, c] = [gateway.clients('api').kms, gateway.clients('consumer').kms]
    const [own, again] = [{ webhook: 'w1' }, { webhook: 'w1', idempotentRetry: 'r' }]
    const [sealed, sealedAgain] = [await seal(a, 'secret', own), await seal(a, 'secret', again)]
    expect(await open(c, sealed, own)).toBe('secret')
    expect(await open(a, sealedAgain, again)).toBe('secret')
    await expect(open(a, sealed, own)).rejects.toMatchObject(denied)
    await expect(open(c, sealedAgain, again)).rejects.toMatchObject(denied)
    await expect(seal(c, 'secret', own)).rejects.toMatchObject(denied)
    // What the ciphertext says counts, not what is claimed: a context that was made up does not open.
    await expect(open(a, sealed, again)).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
    expect(gateway.usage.snapshot().functions.api?.calls).toEqual({
      'kms.Encrypt': { count: 2, requestUnits: 2 },
      'kms.Decrypt': { count: 2, requestUnits: 2 },
    })
  })

  test('is decided by the key first: a policy that leaves the account out makes grants of roles void', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/consumer-role`
    const named = { ...allow('kms:Decrypt', '*'), principals: [role] }
    const gateway = await start(model({ keys: [key('k1', { policy: [named] })], actors: [api, consumer] }))
    await expect(seal(gateway.clients('api').kms, 'secret')).rejects.toMatchObject(denied)
    // Whom the key names itself needs nothing else.
    const sealed = await seal(gateway.clients().kms, 'secret', { idempotentRetry: 'r' })
    expect(await open(gateway.clients('consumer').kms, sealed, { idempotentRetry: 'r' })).toBe('secret')
  })

  test('is listed: what was granted and never used', async () => {
    const gateway = await start(model({ keys: [key('k1')], actors: [consumer] }))
    const unused = async () => (await gateway.get('/_local/permissions')).functions.consumer.unused
    expect(await unused()).toEqual([{ action: 'kms:Decrypt', resource: keyArn('k1') }])
    const sealed = await seal(gateway.clients().kms, 'secret')
    expect(await open(gateway.clients('consumer').kms, sealed)).toBe('secret')
    expect(await unused()).toEqual([])
  })
})
