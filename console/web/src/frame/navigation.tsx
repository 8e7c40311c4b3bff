import { Icon } from '../components/icon.tsx'
import { count, roughly } from '../components/words.ts'
import { inAlarm, useAlarms } from '../live/alarms.ts'
import { useStats } from '../live/stats.ts'
import { useStore } from '../live/store.ts'
import { href, route } from '../nav/route.ts'
import { screens } from '../nav/screens.ts'

export function Navigation() {
  const current = useStore(route).path[0] ?? ''
  const needs: Readonly<Record<string, number | undefined>> = {
    'dead-letters': useStats().data?.jobs.dead,
    alarms: inAlarm(useAlarms().data).length,
  }
  return (
    <nav class="screens" aria-label="Screens">
      {screens.map(({ path, name, short = name, icon }) => (
        <a key={path} href={href(path ? [path] : [])} aria-current={path === current ? 'page' : undefined}>
          <Icon name={icon} />
          <span class="long">{name}</span>
          <span class="short">{short}</span>
          <Badge of={needs[path]} />
        </a>
      ))}
    </nav>
  )
}

function Badge({ of: number = 0 }: { readonly of: number | undefined }) {
  if (number === 0) return null
  return (
    <span class="badge">
      <span class="long">{count(number)}</span>
      <span class="short">{roughly(number)}</span>
    </span>
  )
}
