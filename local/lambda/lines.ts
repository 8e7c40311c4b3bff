import type { Readable } from 'node:stream'

/** Calls back once per line of text, without its line end; the last line need not have one. */
export function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  })
  stream?.on('end', () => {
    if (rest !== '') onLine(rest)
  })
}
