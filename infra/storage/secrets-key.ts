import { Duration } from 'aws-cdk-lib'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { env, idempotentRetry, resourceName } from '../../shared/lib/names.ts'
import type { Grant } from '../access/grant.ts'
import { removalOf } from '../config/removal.ts'
import type { Stage } from '../config/stage-config.ts'

/** The longest that KMS offers: a key that goes takes every secret with it, and until then its deletion can be undone. */
const longestWait = Duration.days(30)

/** The name in a secret's encryption context that only the API's copies have, as a condition on what is asked for. */
const ofRetry = `kms:EncryptionContext:${idempotentRetry}`

/**
 * The key of other people's secrets, such as those that sign webhooks. Who reads the records table reads no secret: the API
 * seals, the consumers open, and neither can do the other's part. A stage without the key stores no secret at all.
 */
export class SecretsKey extends Construct {
  readonly key: Key | undefined

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id)
    if (!stage.config.secretsKey) return
    this.key = new Key(this, 'Key', {
      alias: `alias/${resourceName(stage, 'secrets')}`,
      description: `Seals the secrets of ${resourceName(stage, 'records')}`,
      enableKeyRotation: true,
      pendingWindow: longestWait,
      removalPolicy: removalOf(stage),
    })
  }

  get environment(): Record<string, string> {
    return this.key ? { [env.secretsKey]: this.key.keyArn } : {}
  }

  /** Sealing, and opening what was sealed for the retry of a request: its copy needs the Idempotency-Key to open. */
  get sealGrants(): Grant[] {
    if (!this.key) return []
    const on = [this.key.keyArn]
    return [
      { actions: ['kms:Encrypt'], on },
      { actions: ['kms:Decrypt'], on, when: { Null: { [ofRetry]: 'false' } } },
    ]
  }

  /** Opening what deliveries are signed with, and nothing else. */
  get openGrants(): Grant[] {
    if (!this.key) return []
    return [{ actions: ['kms:Decrypt'], on: [this.key.keyArn], when: { Null: { [ofRetry]: 'true' } } }]
  }
}
