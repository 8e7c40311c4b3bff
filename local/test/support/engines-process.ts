import { startDynamoDb } from '../../engines/dynamodb.ts'
import { startSqs } from '../../engines/sqs.ts'

// Starts both engines, tells where they are, and stays until it is killed: see engines.ts.
const settings = { dataDir: process.argv[2] ?? '', log: () => {} }
const [dynamodb, sqs] = await Promise.all([startDynamoDb(settings), startSqs(settings)])
const where = ({ endpoint, pid }: typeof dynamodb) => ({ endpoint, pid })
console.log(JSON.stringify({ dynamodb: where(dynamodb), sqs: where(sqs) }))
