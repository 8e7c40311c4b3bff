import { DefinitionError } from '../shared/define/errors.ts'
import { ConfigError } from './config/config-error.ts'

// `cdk` and the local stack both run this file; where to write and with which context comes in by their environment.
try {
  // Not a static import: what app/ defines is checked while it is loaded, and its refusal is to be caught here.
  const { createApp } = await import('./create-app.ts')
  createApp().synth()
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof DefinitionError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
