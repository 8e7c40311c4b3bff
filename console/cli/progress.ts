import { paintFor } from './output.ts'
import type { Ports } from './ports.ts'
import { span } from './time.ts'

export interface Progress {
  show(done: number): void
  /** Leaves the terminal as it was. */
  end(): void
}

const width = 30

/** A bar on stderr, where somebody looks at it; nowhere else. */
export function progressBar(total: number, ports: Pick<Ports, 'stderr' | 'env' | 'now'>): Progress {
  const { stderr, now } = ports
  if (!stderr.isTTY) return { show: () => {}, end: () => {} }
  const paint = paintFor(true, ports)
  const began = now().getTime()
  let shown = false
  const show = (done: number) => {
    const share = total === 0 ? 1 : Math.min(done / total, 1)
    const full = Math.round(share * width)
    const bar = paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(width - full))
    const left = done > 0 && share < 1 ? `, ${span(((now().getTime() - began) / 1000) * (1 / share - 1))} left` : ''
    const counts = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`
    stderr.write(`\r\x1b[K${bar} ${Math.floor(share * 100)} %  ${counts}${left}`)
    shown = true
  }
  show(0)
  return {
    show,
    end: () => {
      if (shown) stderr.write('\r\x1b[K')
      shown = false
    },
  }
}
