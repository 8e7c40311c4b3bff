/** Draws the state diagram in the docs anew, from the table of transitions: `node tools/state-diagram/main.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDiagram } from './diagram.ts'

const page = join(import.meta.dirname, '../../docs/maintainers/architecture.md')
writeFileSync(page, withDiagram(readFileSync(page, 'utf8')))
