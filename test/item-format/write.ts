/** Writes the JSON Schema and the test vectors of docs/item-format.md anew, from the code: `node test/item-format/write.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { files } from './files.ts'

for (const [path, text] of Object.entries(files())) writeFileSync(join(import.meta.dirname, '../..', path), text)
