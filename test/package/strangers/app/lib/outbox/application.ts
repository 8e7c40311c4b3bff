import { defineApplication } from 'outbox-relay'
import { sendReceipt } from './send-receipt'

export default defineApplication({ module: __filename, jobs: [sendReceipt] })
