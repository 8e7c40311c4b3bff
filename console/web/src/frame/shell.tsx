import type { ComponentChildren } from 'preact'
import { useCallback, useState } from 'preact/hooks'
import { Announcer } from '../components/announce.tsx'
import { AlarmsContext, usePolledAlarms } from '../live/alarms.ts'
import { StatsContext, usePolledStats } from '../live/stats.ts'
import { useShortcuts } from '../nav/keys.ts'
import { FindJob } from './find-job.tsx'
import { Health, OutageBanner } from './health.tsx'
import { Help } from './help.tsx'
import { Navigation } from './navigation.tsx'

/** What stays on the page while screens change. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const [helping, setHelping] = useState(false)
  const stats = usePolledStats()
  const alarms = usePolledAlarms()
  useShortcuts(useCallback(() => setHelping(true), []))
  return (
    <StatsContext.Provider value={stats}>
      <AlarmsContext.Provider value={alarms}>
        <button type="button" class="skip" onClick={skip}>
          Skip to the content
        </button>
        <header class="top">
          <span class="brand">Outbox Relay</span>
          <FindJob />
          <Health />
          <button type="button" class="plain help-button" onClick={() => setHelping(true)}>
            <span aria-hidden="true">?</span>
            <span class="visually-hidden">Help and shortcuts</span>
          </button>
        </header>
        <Navigation />
        <main id="main" tabIndex={-1}>
          <OutageBanner />
          {children}
        </main>
        <Announcer />
        {helping && <Help onClose={() => setHelping(false)} />}
      </AlarmsContext.Provider>
    </StatsContext.Provider>
  )
}

/** No link: the hash of the address is the place in the console. */
function skip(): void {
  document.querySelector<HTMLElement>('#main')?.focus()
}
