import { useEffect, useState } from 'preact/hooks'

const dark = matchMedia('(prefers-color-scheme: dark)')

/** A canvas does not follow the colours of the page. */
export function useColourScheme(): 'dark' | 'light' {
  const [isDark, setDark] = useState(dark.matches)
  useEffect(() => {
    const update = () => setDark(dark.matches)
    dark.addEventListener('change', update)
    return () => dark.removeEventListener('change', update)
  }, [])
  return isDark ? 'dark' : 'light'
}
