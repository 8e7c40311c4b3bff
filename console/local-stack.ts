import { extname, join } from 'node:path'

/** The module that runs a CDK app on this machine: `.ts` as source, `.js` as shipped. It is a program, and nobody imports it. */
export const localStack = join(import.meta.dirname, '..', 'local', `main${extname(import.meta.filename)}`)
