/** Tenants: a hint with which SQS shares a queue fairly. It is the message group of a standard queue. */

/** What SQS takes as a message group. */
export const tenantPattern = /^[\x21-\x7e]{1,128}$/

/** A tenant as SQS takes it: itself, or its hash, always the same. Two tenants in one hash share their turn, which harms nothing. */
export function fitTenant(tenant: string): string {
  return tenantPattern.test(tenant) ? tenant : `hashed-${hash(tenant, 0x811c9dc5)}${hash(tenant, 0x1f0e3dad)}`
}

/** FNV-1a, from a seed, as 8 hex digits. */
function hash(text: string, seed: number): string {
  let value = seed
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}
