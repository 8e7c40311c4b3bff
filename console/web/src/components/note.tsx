import type { ComponentChildren } from 'preact'
import type { Problem } from '../api/problem.ts'
import type { Tone } from './state.tsx'

/** What the API said is wrong, in its words. */
export function ProblemNote({ problem }: { readonly problem: Problem }) {
  return (
    <div class="note bad" role="alert">
      <strong>{problem.title || 'This did not work'}</strong>
      <p>{problem.detail}</p>
      {problem.errors && (
        <ul>
          {problem.errors.map(({ path, message }) => (
            <li key={path + message}>
              {path && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

export function Note({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <div class={`note ${tone}`}>{children}</div>
}

/** Nothing to show, and what one can do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

export function Loading() {
  return <p class="loading">Asking the API …</p>
}
