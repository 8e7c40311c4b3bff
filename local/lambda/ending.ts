/** What went wrong inside a function, in Lambda's words. */
export interface FunctionError {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace?: readonly string[]
}

/** How loading the handler, or one invocation, ended. Durations in ms. */
export type Ending =
  | { readonly kind: 'answered'; readonly payload: string; readonly memoryMb: number; readonly durationMs: number }
  | {
      readonly kind: 'failed'
      readonly error: FunctionError
      readonly memoryMb: number
      readonly durationMs: number
    }
  | { readonly kind: 'timed-out'; readonly durationMs: number }
  /** `how` is `exit status 1` or `signal: killed`, as Lambda prints it; empty after exit status 0. */
  | { readonly kind: 'died'; readonly how: string; readonly outOfMemory: boolean; readonly durationMs: number }

/** What a function's process sends; see bootstrap.mjs. */
export interface Message {
  readonly ready?: true
  readonly payload?: string
  readonly error?: FunctionError
  readonly memoryMb?: number
  /** The process ends after this message. */
  readonly last?: true
}

export function answered(message: Message, durationMs: number): Ending {
  const memoryMb = message.memoryMb ?? 0
  if (message.error) return { kind: 'failed', error: message.error, memoryMb, durationMs }
  return { kind: 'answered', payload: message.payload ?? 'null', memoryMb, durationMs }
}

const SIGNALS: Record<string, string> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
}

/** Lambda's words for the end of a process. */
export function wordsFor(code: number | null, signal: string | null): string {
  if (signal) return `signal: ${SIGNALS[signal] ?? signal}`
  return code === 0 ? '' : `exit status ${code}`
}
