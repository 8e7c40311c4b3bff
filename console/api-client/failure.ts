/** How a command of the CLI ends. */
export const exit = {
  done: 0,
  /** The API refused it or failed at it, or a person said no. */
  refused: 1,
  usage: 2,
  /** The API, its stack or AWS cannot be found or reached. */
  unreachable: 3,
  /** No credentials, expired ones, or ones that may not do this. */
  notAllowed: 4,
  /** Ctrl-C, as shells have it. */
  interrupted: 130,
} as const
export type Exit = (typeof exit)[keyof typeof exit]

/** What a person has to know, in one line: what happened, to what, what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exit: Exit

  constructor(code: Exit, line: string, options?: ErrorOptions) {
    super(line.replace(/\s*\n\s*/g, ' ').trim(), options)
    this.exit = code
  }
}
