import { randomBytes } from 'node:crypto'
import { DecryptCommand, EncryptCommand, InvalidCiphertextException, type KMSClient } from '@aws-sdk/client-kms'
import { ChangeRefusedError, PermanentError } from '../../shared/define/errors.ts'
import type { EncryptionContext, Secrets } from '../../shared/define/services.ts'

/** Begins a sealed secret. Another way to seal gets another mark. */
const mark = 'kms1:'

const remedy = 'deploy it with secretsKey set to true'

/** KMS takes 3 USD per million calls and some ms each; a receiver of many events would be opened for every one. */
const kept = { count: 1_000, ms: 5 * 60_000 } as const

/** The secrets of a stage without a key: it stores none, rather than one in plain text. */
export const keylessSecrets: Secrets = {
  fresh: () => randomBytes(32),
  async seal() {
    throw new ChangeRefusedError(`this stage has no key to store a secret under; ${remedy}`)
  },
  async open() {
    throw new Error(`a secret is sealed under a key that this stage no longer has; ${remedy}`)
  },
}

/**
 * Secrets under a KMS key, encrypted by KMS itself (4 KiB at most): neither table nor stream nor backup holds them in the
 * clear, and the right to read records is not the right to read secrets. What was opened is kept in this process for five
 * minutes, so a decryption that is forbidden meanwhile fails only then.
 *
 * @param now ms since the epoch
 */
export function kmsSecrets(client: KMSClient, key: string, now: () => number = Date.now): Secrets {
  const opened = new Map<string, { readonly secret: string; readonly until: number }>()
  return {
    fresh: keylessSecrets.fresh,
    async seal(secret, context) {
      const input = { KeyId: key, Plaintext: Buffer.from(secret), EncryptionContext: { ...context } }
      const { CiphertextBlob = new Uint8Array() } = await client.send(new EncryptCommand(input))
      return mark + Buffer.from(CiphertextBlob).toString('base64')
    },
    async open(sealed, context) {
      if (!sealed.startsWith(mark)) throw tampered(context)
      const name = JSON.stringify([sealed, Object.entries(context).sort()])
      const known = opened.get(name)
      if (known && known.until > now()) return known.secret
      const secret = await decrypted(client, key, sealed, context)
      opened.delete(name)
      opened.set(name, { secret, until: now() + kept.ms })
      // The one that was opened longest ago: Map keeps the order of insertion.
      for (const oldest of opened.size > kept.count ? [opened.keys().next().value] : []) opened.delete(oldest ?? '')
      return secret
    },
  }
}

async function decrypted(client: KMSClient, key: string, sealed: string, context: EncryptionContext): Promise<string> {
  const CiphertextBlob = Buffer.from(sealed.slice(mark.length), 'base64')
  try {
    const { Plaintext = new Uint8Array() } = await client.send(
      new DecryptCommand({ KeyId: key, CiphertextBlob, EncryptionContext: { ...context } }),
    )
    return Buffer.from(Plaintext).toString()
  } catch (error) {
    if (!(error instanceof InvalidCiphertextException)) throw error
    throw tampered(context)
  }
}

function tampered(context: EncryptionContext): PermanentError {
  const whose = Object.entries(context).map(([name, value]) => `${name} ${value}`)
  return new PermanentError(
    `the sealed secret in the record is not that of ${whose.join(', ')}: it was changed or copied there; delete the record and register anew`,
  )
}
