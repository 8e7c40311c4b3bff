import { createHash, randomUUID } from 'node:crypto'
import type { Ids } from '../../shared/lib/id.ts'

/** UUIDs: version 7 (ordered by time) for what is new, version 8 (from a hash) for what follows from something else. */
export const ids: Ids = {
  fresh: () => {
    const time = Date.now().toString(16).padStart(12, '0')
    // Of a random UUID, which Node takes from a stock: `randomBytes` would ask the system each time.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
  },
  derive: (...parts) => hashed(createHash('sha256').update(JSON.stringify(parts)).digest()),
}

function hashed(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
