import { DefinitionError } from '../shared/define/errors.ts'
import { ConfigError } from './config/config-error.ts'

// `cdk` and the local stack run this file. Their environment sets the context and the output directory.
try {
  // Not a static import: app/ is checked while it is loaded, and its error must be caught here.
  const { createApp } = await import('./create-app.ts')
  createApp().synth()
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof DefinitionError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
