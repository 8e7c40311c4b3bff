import { randomBytes } from 'node:crypto'
import type { Secrets } from '../../shared/services.ts'

/**
 * Secrets of others, such as those that sign webhooks. DynamoDB encrypts them at rest like everything else, so whoever
 * may read the records table may read them. To part the two rights, seal here under a KMS key (envelope encryption)
 * with the owner's id as encryption context, and grant `kms:Decrypt` to the consumers only. Nothing else has to change.
 */
export const secrets: Secrets = {
  fresh: () => randomBytes(32),
  seal: async (secret) => secret,
  open: async (sealed) => sealed,
}
