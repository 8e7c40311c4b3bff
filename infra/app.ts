import { ConfigError } from './config-error.ts'
import { createApp } from './create-app.ts'

// `cdk` and the local stack both run this file; where to write and with which context comes in by their environment.
try {
  createApp().synth()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
