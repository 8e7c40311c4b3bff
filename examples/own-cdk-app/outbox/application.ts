import { defineApplication } from 'outbox-relay'
import confirmBooking from './jobs/confirm-booking.ts'

export default defineApplication({ module: import.meta.url, jobs: [confirmBooking] })
