import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Name → value. Not secret, but a ciphertext opens only with the same again. */
export type EncryptionContext = Readonly<Record<string, string>>

/** The key material of the stack's keys: what KMS would never let out of its hardware. */
export interface KeyMaterial {
  seal(keyId: string, plaintext: Buffer, context: EncryptionContext): Buffer
  /** `undefined` for what was not sealed under that key with that context, or was changed since. */
  open(ciphertext: Buffer, context: EncryptionContext): Buffer | undefined
}

const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Key material of a template's keys, made when a key is first seen and kept in a file of the data directory: what was
 * sealed opens after a restart, and a key that left the template and came back is the same.
 */
export async function openKeyMaterial(dataDir: string, keyIds: readonly string[]): Promise<KeyMaterial> {
  const known = await readKnown(join(dataDir, 'kms.json'))
  const fresh = keyIds.filter((id) => !known.has(id))
  for (const id of fresh) known.set(id, randomBytes(32))
  if (fresh.length > 0) await save(dataDir, known)

  return {
    seal(keyId, plaintext, context) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', materialOf(known, keyId), iv)
      cipher.setAAD(canonical(keyId, context))
      const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
      const id = Buffer.from(keyId)
      return Buffer.concat([Buffer.from([VERSION, id.length]), id, iv, cipher.getAuthTag(), sealed])
    },
    open(ciphertext, context) {
      const keyId = keyIdOf(ciphertext)
      const material = keyId === undefined ? undefined : known.get(keyId)
      if (keyId === undefined || !material) return undefined
      const start = 2 + Buffer.byteLength(keyId)
      const [iv, tag] = [
        ciphertext.subarray(start, start + IV_BYTES),
        ciphertext.subarray(start + IV_BYTES).subarray(0, TAG_BYTES),
      ]
      try {
        const decipher = createDecipheriv('aes-256-gcm', material, iv, { authTagLength: TAG_BYTES })
        decipher.setAAD(canonical(keyId, context)).setAuthTag(tag)
        return Buffer.concat([decipher.update(ciphertext.subarray(start + IV_BYTES + TAG_BYTES)), decipher.final()])
      } catch {
        return undefined
      }
    },
  }
}

/** The key that a ciphertext names; `undefined` for what is not a ciphertext of this endpoint. */
export function keyIdOf(ciphertext: Buffer): string | undefined {
  const length = ciphertext[1] ?? 0
  return ciphertext[0] === VERSION && ciphertext.length >= 2 + length + IV_BYTES + TAG_BYTES
    ? ciphertext.subarray(2, 2 + length).toString()
    : undefined
}

function materialOf(known: ReadonlyMap<string, Buffer>, keyId: string): Buffer {
  const material = known.get(keyId)
  if (!material) throw new Error(`There is no material for the key ${keyId}`)
  return material
}

/** The same for the same context, whatever the order of its names. */
function canonical(keyId: string, context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify([keyId, Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))]))
}

async function readKnown(file: string): Promise<Map<string, Buffer>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  const entries = Object.entries(JSON.parse(text) as Record<string, string>)
  return new Map(entries.map(([id, material]) => [id, Buffer.from(material, 'base64')]))
}

/** In one step: a file torn by a kill would take with it all that was ever sealed. */
async function save(dataDir: string, known: ReadonlyMap<string, Buffer>): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  const file = join(dataDir, 'kms.json')
  const entries = [...known].map(([id, material]) => [id, material.toString('base64')])
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
}
