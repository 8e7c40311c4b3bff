import { exit, Failure } from '../api-client/failure.ts'
import { paintFor } from './output.ts'
import type { Ports } from './ports.ts'
import { span } from './time.ts'

/** Asks a person. Where there is none, `--yes` must have said it. */
export async function confirm(question: string, { stdin, stderr }: Ports): Promise<void> {
  if (!stdin.isTTY || !stderr.isTTY)
    throw new Failure(
      exit.usage,
      `${question} Nobody is here to be asked: add --yes to do it, or --dry-run to only count`,
    )
  const answer = await stdin.ask(`${question} [y/N] `)
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure(exit.refused, 'You said no: nothing was changed')
}

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
