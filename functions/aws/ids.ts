import { createHash, randomBytes } from 'node:crypto'
import type { Ids } from '../../shared/lib/id.ts'

/** UUIDs: version 7 (ordered by time) for what is new, version 8 (from a hash) for what follows from something else. */
export const ids: Ids = {
  fresh: () => {
    const bytes = randomBytes(16)
    bytes.writeUIntBE(Date.now(), 0, 6)
    return uuid(bytes, 7)
  },
  derive: (...parts) => uuid(createHash('sha256').update(JSON.stringify(parts)).digest(), 8),
}

function uuid(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
