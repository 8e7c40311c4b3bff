/** Error of an invalid configuration, thrown at synth. Its message is one line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
