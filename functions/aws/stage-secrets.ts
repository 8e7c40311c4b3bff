import type { Secrets } from '../../shared/define/services.ts'
import { kms } from './clients.ts'
import { secretsKey } from './environment.ts'
import { keylessSecrets, kmsSecrets } from './secrets.ts'

/** Secrets as this stage keeps them: under its key, if it has one. */
export function stageSecrets(): Secrets {
  const key = secretsKey()
  return key === undefined ? keylessSecrets : kmsSecrets(kms(), key)
}
