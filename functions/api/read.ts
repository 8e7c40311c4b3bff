/** The result of reading a part of a request. */
import type { Answer } from './answer.ts'

/** A value, or the answer that says why there is none. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: Answer<never> }
