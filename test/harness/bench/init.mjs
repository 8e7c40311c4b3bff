/** Plain JavaScript, because stripping types would be most of what is measured. No compile cache: Lambda has none. */
import { pathToFileURL } from 'node:url'

const began = performance.now()
await import(pathToFileURL(process.argv[2]).href)
process.send(performance.now() - began)
