import { useEffect, useRef } from 'preact/hooks'
import { runbook } from '../../components/runbook-chapters.ts'
import { Screen } from '../../frame/screen.tsx'
import { href } from '../../nav/route.ts'

/** What each alarm means, how to look, what to do, and how to know that it is over. */
export function Runbook({ section }: { readonly section: string | undefined }) {
  const chosen = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!chosen.current) return
    chosen.current.scrollIntoView()
    chosen.current.focus({ preventScroll: true })
  }, [section])
  return (
    <Screen title="Runbook">
      <div class="runbook">
        <nav class="chapters" aria-label="Chapters">
          {runbook.map(({ id, title }) => (
            <a key={id} href={href(['runbook', id])} aria-current={id === section ? 'true' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <div class="panel prose">
          {runbook.map(({ id, title, html }) => (
            <section key={id} ref={id === section ? chosen : null} tabIndex={-1} aria-label={title}>
              <h2>{title}</h2>
              {/* A page of this repository, made into HTML by the build. */}
              <div dangerouslySetInnerHTML={{ __html: html }} />
            </section>
          ))}
        </div>
      </div>
    </Screen>
  )
}
