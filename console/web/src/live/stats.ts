import { createContext } from 'preact'
import { useContext, useEffect } from 'preact/hooks'
import { api } from '../api/api.ts'
import type { Stats } from '../api/types.ts'
import { now } from './clock.ts'
import { remember } from './history.ts'
import { type Polled, usePoll } from './poll.ts'

export const StatsContext = createContext<Polled<Stats>>({})

/** Polled once for the whole page, whatever screen is shown: the charts go on. */
export function usePolledStats(): Polled<Stats> {
  const polled = usePoll('stats', api.stats)
  useEffect(() => {
    if (polled.data) remember(polled.data, now())
  }, [polled.data])
  return polled
}

export function useStats(): Polled<Stats> {
  return useContext(StatsContext)
}
