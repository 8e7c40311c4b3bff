import { defineApplication } from 'outbox-relay'
import indexOrder from './jobs/index-order.ts'
import sendReceipt from './jobs/send-receipt.ts'

export default defineApplication({ module: import.meta.url, jobs: [sendReceipt, indexOrder] })
