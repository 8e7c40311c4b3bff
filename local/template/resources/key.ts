import { z } from 'zod'
import type { EncryptionKey, Statement } from '../../model.ts'
import { TemplateError } from '../errors.ts'
import { readStatements, statements } from './policy-document.ts'
import { boolean, ignored } from './properties.ts'
import type { Resource, Resources, Rule } from './rule.ts'

const keyRule = {
  'AWS::KMS::Key': {
    identity: ({ logicalId, arn }) => ({
      ref: logicalId,
      attributes: { Arn: arn('kms', `key/${logicalId}`), KeyId: logicalId },
    }),
    properties: z.strictObject({
      KeyPolicy: statements.optional(),
      Enabled: boolean.default(true),
      KeySpec: z.literal('SYMMETRIC_DEFAULT').optional(),
      KeyUsage: z.literal('ENCRYPT_DECRYPT').optional(),
      // What a key was rotated to opens what it sealed before, so that a rotation is seen by nobody.
      EnableKeyRotation: ignored,
      RotationPeriodInDays: ignored,
      PendingWindowInDays: ignored,
      Description: ignored,
      Tags: ignored,
    }),
  } satisfies Rule,
}

const aliasRule = {
  'AWS::KMS::Alias': {
    identity: ({ name }) => ({ ref: name('AliasName'), attributes: {} }),
    properties: z.strictObject({ AliasName: z.string().startsWith('alias/'), TargetKeyId: z.string() }),
  } satisfies Rule,
}

export const keyRules = { ...keyRule, ...aliasRule }

export function readKeys(resources: Resources, accountId: string): EncryptionKey[] {
  const keys = resources.of(keyRule)
  const aliases = resources.of(aliasRule)
  for (const alias of aliases) {
    const { TargetKeyId } = alias.properties
    if (keys.some((key) => names(key, TargetKeyId))) continue
    throw new TemplateError(alias, `its key ${TargetKeyId} is not in this stack`, 'Define it here')
  }
  return keys.map((key) => ({
    logicalId: key.logicalId,
    keyId: key.ref,
    arn: key.attributes.Arn ?? '',
    enabled: key.properties.Enabled,
    aliases: aliases
      .filter(({ properties }) => names(key, properties.TargetKeyId))
      .map(({ properties }) => properties.AliasName),
    policy: key.properties.KeyPolicy ? readStatements(key.properties.KeyPolicy, key) : [ofTheAccount(accountId)],
  }))
}

/**
 * The ARN of the key by which a table or a queue names it: an id, an ARN or an alias, of this stack or another. `undefined` for
 * a key that AWS manages, which every caller may use, and for an alias of another stack, whose key nobody knows here.
 */
export function storageKeyArn(resources: Resources, named: string | undefined): string | undefined {
  if (named === undefined || /(^|:)alias\/aws\//.test(named)) return undefined
  const short = named.replace(/^arn:aws:kms:[^:]*:[^:]*:/, '').replace(/^key\//, '')
  const target = resources.of(aliasRule).find(({ ref }) => ref === short)?.properties.TargetKeyId ?? named
  const own = resources.of(keyRule).find((key) => names(key, target))
  return own?.attributes.Arn ?? (target.startsWith('arn:') && !target.includes(':alias/') ? target : undefined)
}

function names({ ref, attributes }: Resource<unknown>, target: string): boolean {
  return target === ref || target === attributes.Arn
}

/** What KMS gives a key without a policy: the account's identity policies decide. */
function ofTheAccount(accountId: string): Statement {
  const principals = [`arn:aws:iam::${accountId}:root`]
  return { effect: 'Allow', principals, actions: ['kms:*'], resources: ['*'], conditions: {} }
}
