import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { type Answer, problem } from './answer.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.map': 'application/json',
}

/** A file of the built console. Names of assets change with their content; the page that names them is always asked for anew. */
export async function fileAnswer(root: string, path: string): Promise<Answer> {
  const file = normalize(join(root, path === '' ? 'index.html' : path))
  const type = types[extname(file)]
  if (!file.startsWith(root + sep) || type === undefined) return problem(404, 'The console has no such file.')
  try {
    const body = await readFile(file)
    const cache = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    return { status: 200, headers: { 'content-type': type, 'cache-control': cache }, body }
  } catch {
    return problem(404, 'The console has no such file.')
  }
}
