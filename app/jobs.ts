import type { JobType } from 'outbox-relay'
import addStatements from './jobs/add-statements.ts'
import buildReport from './jobs/build-report.ts'
import dailyDigest from './jobs/daily-digest.ts'
import deliverWebhook from './jobs/deliver-webhook.ts'
import mailStatementSummary from './jobs/mail-statement-summary.ts'
import makeStatement from './jobs/make-statement.ts'
import monthlyStatements from './jobs/monthly-statements.ts'
import probe from './jobs/probe.ts'
import probeLast from './jobs/probe-last.ts'
import publishEvent from './jobs/publish-event.ts'
import sealStatements from './jobs/seal-statements.ts'
import sendPasswordReset from './jobs/send-password-reset.ts'
import sendReceipt from './jobs/send-receipt.ts'
import sendWelcomeEmail from './jobs/send-welcome-email.ts'
import syncCrm from './jobs/sync-crm.ts'
import trackPageView from './jobs/track-page-view.ts'
import writeAuditEntry from './jobs/write-audit-entry.ts'

/** The job types of the application: one line each. */
export const jobs: readonly JobType[] = [
  sendReceipt,
  sendWelcomeEmail,
  writeAuditEntry,
  publishEvent,
  deliverWebhook,
  sendPasswordReset,
  buildReport,
  dailyDigest,
  syncCrm,
  trackPageView,
  monthlyStatements,
  addStatements,
  makeStatement,
  sealStatements,
  mailStatementSummary,
]

/** Job types for diagnosis; only stages with `probes: true` have them. */
export const diagnosticJobs: readonly JobType[] = [probe, probeLast]
