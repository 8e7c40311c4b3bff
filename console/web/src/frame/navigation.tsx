import { useStats } from '../live/stats.ts'
import { useStore } from '../live/store.ts'
import { href, place } from '../nav/place.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { count } from '../parts/words.ts'

const screens: readonly { readonly path: string; readonly name: string; readonly icon: IconName }[] = [
  { path: '', name: 'Overview', icon: 'overview' },
  { path: 'jobs', name: 'Jobs', icon: 'jobs' },
  { path: 'dead-letters', name: 'Dead letters', icon: 'letters' },
  { path: 'schedules', name: 'Schedules', icon: 'schedules' },
  { path: 'actions', name: 'Actions', icon: 'actions' },
]

export function Navigation() {
  const current = useStore(place).path[0] ?? ''
  const dead = useStats().data?.jobs.dead ?? 0
  return (
    <nav class="screens" aria-label="Screens">
      {screens.map(({ path, name, icon }) => (
        <a key={path} href={href(path ? [path] : [])} {...(path === current ? { 'aria-current': 'page' } : {})}>
          <Icon name={icon} />
          <span>{name}</span>
          {path === 'dead-letters' && dead > 0 && <span class="badge">{count(dead)}</span>}
        </a>
      ))}
    </nav>
  )
}
