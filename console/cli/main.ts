import { keepLoopbackDirect } from '../loopback.ts'
import { processPorts } from './process-ports.ts'
import { run } from './run.ts'

keepLoopbackDirect(process.env)
const ports = processPorts()
process.exitCode = await run(process.argv.slice(2), ports)
ports.close()
