import type { Answer } from './answer.ts'

/** A value that was read from a request, or the answer that says why there is none. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: Answer<never> }
