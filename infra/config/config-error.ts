/** Error of an invalid configuration. Its message is one line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
