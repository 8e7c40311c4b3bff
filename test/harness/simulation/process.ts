/** Simulated Lambda processes: a clock of their own, calls with a fate, and an end at any of them. */
import type { Clock } from '../../../shared/lib/ports.ts'
import type { Faults } from './faults.ts'
import { play } from './play.ts'
import type { Timeline } from './timeline.ts'

export interface Process {
  readonly isAlive: boolean
  /** It runs on after the end of its invocation, as no process should. */
  readonly isZombie: boolean
  /** When its invocation ends at the latest, in ms of true time. */
  readonly deadline: number
  /** Its own idea of the time: off by up to half a second. */
  readonly clock: Clock
  /** Ends it at once, whatever else is at work in it. */
  die(): void
  /** What its SDK clients send through: some tries, as the SDK makes them. */
  call<T>(command: string, perform: () => Promise<T>): Promise<T>
}

export type Ending<T> =
  | { readonly kind: 'returned'; readonly value: T }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'died' }

export interface Processes {
  /** How many are alive. */
  readonly alive: number
  /** Follows from all that happened: two runs with one fingerprint were the same run. */
  readonly fingerprint: number
  /** Runs an invocation to its end, or its process's. */
  invoke<T>(timeoutSeconds: number, main: (process: Process) => Promise<T>): Promise<Ending<T>>
}

/** Two clocks differ by less than the second that a lease outlives its invocation by. ms. */
const skew = 900
const sdkTries = 3
/** How long a zombie lives after its end. ms. */
const zombieLife = 120_000

export function createProcesses(timeline: Timeline, faults: Faults): Processes {
  let alive = 0
  let fingerprint = 0
  const note = (value: number) => {
    fingerprint = (Math.imul(fingerprint ^ value, 0x01000193) + timeline.now()) | 0
  }

  function invoke<T>(timeoutSeconds: number, main: (process: Process) => Promise<T>): Promise<Ending<T>> {
    const life = { isAlive: true, isZombie: false }
    alive++
    return new Promise((resolve) => {
      const end = (ending: Ending<T>) => {
        if (!life.isAlive) return
        life.isAlive = false
        alive--
        note(ending.kind.length)
        resolve(ending)
      }
      const die = () => end({ kind: 'died' })
      timeline.after(timeoutSeconds * 1000, () => {
        if (life.isZombie) timeline.after(zombieLife, die)
        else die()
      })
      const process = createProcess({ timeline, faults, note, life, die }, timeoutSeconds)
      main(process).then(
        (value) => end({ kind: 'returned', value }),
        (error) => end({ kind: 'threw', error }),
      )
    })
  }

  return {
    get alive() {
      return alive
    },
    get fingerprint() {
      return fingerprint
    },
    invoke,
  }
}

interface Around {
  readonly timeline: Timeline
  readonly faults: Faults
  readonly note: (value: number) => void
  readonly life: { isAlive: boolean; isZombie: boolean }
  readonly die: () => void
}

function createProcess({ timeline, faults, note, life, die }: Around, timeoutSeconds: number): Process {
  const offset = Math.round((faults.random() - 0.5) * skew)
  const whileAlive =
    <A extends unknown[]>(action: (...args: A) => void) =>
    (...args: A) => {
      if (life.isAlive) action(...args)
    }
  const pause = (ms: number) => new Promise<void>((resume) => timeline.after(ms, whileAlive(resume)))
  const freeze = () => {
    life.isZombie = true
  }
  function once<R>(command: string, perform: () => Promise<R>): Promise<R> {
    if (!life.isAlive) return new Promise(() => {})
    const fate = faults.fate(command)
    note(fate.length + command.length)
    return new Promise((answer, fail) => {
      play(fate, { timeline, faults }, { perform, answer: whileAlive(answer), fail: whileAlive(fail), die, freeze })
    })
  }
  return {
    deadline: timeline.now() + timeoutSeconds * 1000,
    get isAlive() {
      return life.isAlive
    },
    get isZombie() {
      return life.isZombie
    },
    die,
    clock: { now: () => new Date(timeline.now() + offset), sleep: pause, random: faults.random },
    call: (command, perform) =>
      asTheSdk(
        () => once(command, perform),
        (n) => pause(50 * 2 ** n * faults.random()),
      ),
  }
}

/** The SDK tries again, after a moment, what was throttled, failed in the service, or got no answer. */
async function asTheSdk<R>(send: () => Promise<R>, pause: (attempt: number) => Promise<void>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      if (attempt === sdkTries || !(error as { isTransient?: boolean }).isTransient) throw error
    }
    await pause(attempt)
  }
}
