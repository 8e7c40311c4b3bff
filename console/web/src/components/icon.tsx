/** Line icons on a 16 × 16 grid; always next to a word, so hidden from screen readers. */
const paths = {
  overview: 'M2 9h3v5H2zM6.5 2h3v12h-3zM11 6h3v8h-3z',
  jobs: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  batches: 'M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
  deadLetters: 'M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5',
  schedules: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.8',
  actions: 'M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8zM2.8 14c.4-2.6 2.5-4 5.2-4s4.8 1.4 5.2 4',
  alarm:
    'M3.500 11.500c1-1 1.200-2.500 1.200-4.500a3.300 3.300 0 0 1 6.600 0c0 2 .2 3.500 1.200 4.500zM6.700 13.800h2.600',
  usage:
    'M8 2v12M11 4.600C10.300 3.900 9.200 3.600 8 3.600c-1.700 0-2.900.8-2.900 2.100C5.100 9 11 7.300 11 10.300c0 1.300-1.300 2.100-3 2.100-1.300 0-2.500-.4-3.200-1.200',
  clock: 'M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.200l2 1.3',
  wait: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  run: 'M5 3.500v9l7-4.500z',
  retry: 'M13 8a5 5 0 1 1-1.6-3.700M13 2v3h-3',
  done: 'M3 8.500l3.2 3.200L13 4.8',
  dead: 'M4 4l8 8M12 4l-8 8',
  cancelled: 'M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM4.2 4.200l7.6 7.6',
  pause: 'M5.5 3.500v9M10.5 3.500v9',
  search: 'M7 2.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.500L14 14',
  warn: 'M8 2.500L14.5 13.500h-13zM8 6.500v3.200M8 11.700h.01',
  copy: 'M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
