import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '../types.ts'
import { type EngineProcess, startChild } from './child.ts'
import type { RestartingEngine } from './restarting.ts'

/** Start-up and idle CPU matter more here than peak throughput: one collector thread, only the first compiler. */
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:-UsePerfData', '-Xmx512m']

export interface DynamoDbSettings {
  readonly dataDir: string
  readonly log: Log
  /** Each access key has tables of its own, so that several stacks use one engine. @default false */
  readonly apart?: boolean
}

/** Starts DynamoDB Local on `<dataDir>/dynamodb`. Items and streams survive `kill -9`. */
export function startDynamoDb({ dataDir, log, apart = false }: DynamoDbSettings): Promise<EngineProcess> {
  const dir = resolve(dataDir, 'dynamodb')
  mkdirSync(dir, { recursive: true })
  const require = createRequire(import.meta.url)
  const emulator = join(dirname(require.resolve('amplify-dynamodb-simulator/package.json')), 'emulator')
  const lib = join(emulator, 'DynamoDBLocal_lib')
  return startChild({
    dir,
    command: [
      'java',
      ...JVM,
      // Jetty's log is where the port is told.
      '-Dorg.eclipse.jetty.util.log.class=org.eclipse.jetty.util.log.StdErrLog',
      '-Dorg.eclipse.jetty.LEVEL=INFO',
      `-Ddynamodb.dir=${dir}`,
      `-Ddynamodb.shared=${!apart}`,
      `-Djava.library.path=${lib}`,
      '-classpath',
      `${join(emulator, 'DynamoDBLocal.jar')}:${lib}/*`,
      'org.eclipse.jetty.xml.XmlConfiguration',
      fileURLToPath(new URL('./dynamodb.xml', import.meta.url)),
    ],
    env: { DDB_LOCAL_TELEMETRY: '0' },
    portIn: (line) => Number(/Started ServerConnector.*\{127\.0\.0\.1:(\d+)\}/.exec(line)?.[1]) || undefined,
    explain: (lastWords) => explain(lastWords, dir),
    complain: (line) => log('dynamodb', line),
  })
}

/** In place of an engine of its own: the tables that belong to a directory, in an engine that keeps access keys apart. */
export function runningDynamoDb(
  endpoint: string,
  dataDir: string,
): RestartingEngine & { readonly accessKeyId: string } {
  // DynamoDB Local takes letters and digits.
  const accessKeyId = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 20)
  return { endpoint, accessKeyId, failed: new Promise(() => {}), stop: async () => {} }
}

function explain(lastWords: string, dir: string): string {
  if (/not found|Unable to locate a Java/i.test(lastWords)) {
    return 'Java is missing: DynamoDB Local needs it. Install Java 11 or newer, and see that `java -version` answers'
  }
  if (/UnsupportedClassVersion|Unsupported major.minor/.test(lastWords)) {
    return 'This Java is too old for DynamoDB Local. Install Java 11 or newer, and see that `java -version` tells it'
  }
  return `DynamoDB Local did not start on ${dir}: ${lastWords}`
}
