/** A configuration that cannot be synthesized. Its message is one line for the person at the terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
