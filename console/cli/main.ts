import { processPorts } from './process-ports.ts'
import { run } from './run.ts'

const ports = processPorts()
process.exitCode = await run(process.argv.slice(2), ports)
ports.close()
