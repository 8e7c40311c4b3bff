import { mkdirSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import type { Log } from '../types.ts'
import { type EngineProcess, startChild } from './child.ts'

/** Starts the SQS engine on `<dataDir>/sqs`. Messages survive `kill -9`. */
export function startSqs({ dataDir, log }: { dataDir: string; log: Log }): Promise<EngineProcess> {
  const dir = resolve(dataDir, 'sqs')
  mkdirSync(dir, { recursive: true })
  return startChild({
    dir,
    command: [process.execPath, join(import.meta.dirname, `sqs-process${extname(import.meta.filename)}`), dir],
    portIn: (line) => Number(/^listening (\d+)$/.exec(line)?.[1]) || undefined,
    explain: (lastWords) => `The SQS engine did not start on ${dir}: ${lastWords}`,
    complain: (line) => log('sqs', line),
  })
}
