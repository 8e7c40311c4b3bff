import type { Alarm } from '../api/types.ts'
import { href } from '../nav/route.ts'
import { isInRunbook } from './runbook-chapters.ts'

/** Leads to what to do about an alarm: the runbook that this console carries, else wherever the alarm says. */
export function RunbookLink({ of: { name, runbook } }: { readonly of: Pick<Alarm, 'name' | 'runbook'> }) {
  const section = runbook?.split('#')[1]
  const words = (
    <>
      What to do<span class="visually-hidden"> about {name}</span>
    </>
  )
  if (section && isInRunbook(section)) return <a href={href(['runbook', section])}>{words}</a>
  if (!runbook || !/^https:\/\//.test(runbook)) return null
  return (
    <a href={runbook} target="_blank" rel="noreferrer">
      {words}
    </a>
  )
}
