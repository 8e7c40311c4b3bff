/** `npm run deploy` and `npm run destroy`: the CDK, with what it does not say before and after. */
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readyAccount } from './account.ts'
import { attachmentsOf } from './attached.ts'
import { cdk } from './cdk.ts'
import { deployedStack } from './deployed.ts'
import { releaseFailedCreate } from './failed-create.ts'
import { run } from './run.ts'

const directory = mkdtempSync(join(tmpdir(), 'outbox-deploy-'))
const outputsFile = join(directory, 'outputs.json')

process.exitCode = await run(
  {
    account: readyAccount,
    deployed: deployedStack,
    releaseFailedCreate,
    attachments: attachmentsOf,
    cdk,
    outputsFile,
    outputs: async () => JSON.parse(await readFile(outputsFile, 'utf8').catch(() => '{}')),
    say: (text) => void process.stdout.write(`${text}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
  },
  process.argv.slice(2),
)
rmSync(directory, { recursive: true, force: true })
