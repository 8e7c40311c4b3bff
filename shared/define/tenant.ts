/** Tenants: a hint with which SQS shares a queue fairly. It is the message group of a standard queue. */

/** What SQS takes as a message group. */
export const tenantPattern = /^[\x21-\x7e]{1,128}$/

/** A tenant as SQS takes it: itself, or its hash, always the same. Two tenants in one hash share their turn, which harms nothing. */
export function fitTenant(tenant: string): string {
  return tenantPattern.test(tenant) ? tenant : `hashed-${hex(hashOf(tenant))}${hex(hashOf(tenant, 0x1f0e3dad))}`
}

/** FNV-1a, from a seed, as a whole number from 0 to 2^32 - 1. */
export function hashOf(text: string, seed = 0x811c9dc5): number {
  let value = seed
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

function hex(hash: number): string {
  return hash.toString(16).padStart(8, '0')
}
