/**
 * Processes that run side by side, one call to the outside at a time, in an order that the test decides; and that can die
 * at any of these calls. A process that died does nothing any more: what it awaits never comes.
 */

/** What becomes of a call. */
export type Fate =
  /** It is done, and its answer comes. */
  | 'done'
  /** It is not done, and fails. */
  | 'failed'
  /** It is done, but its answer is lost. */
  | 'lost'

interface Call {
  readonly name: string
  perform(): Promise<unknown>
  resolve(answer: unknown): void
  reject(error: unknown): void
}

export interface Process {
  readonly calls: readonly Pick<Call, 'name'>[]
  readonly isAlive: boolean
  /** What `main` threw. */
  readonly failure: unknown
  /** Decides the call at `index`, and lets the process run on to its next calls. */
  step(index: number, fate: Fate): Promise<void>
  /** Ends the process at the call, which was still done if `done`. */
  die(index: number, done: boolean): void
}

/** Wraps the functions of a port so that each call waits for its fate. */
export type Gate = <T extends object>(name: string, port: T) => T

/** Starts a process. `main` makes its calls to the outside through the gate. */
export async function start(main: (gate: Gate) => Promise<void>): Promise<Process> {
  let calls: Call[] = []
  let isAlive = true
  let failure: unknown
  const over = () => {
    isAlive = false
    calls = []
  }
  const wait = (name: string, perform: () => Promise<unknown>) =>
    new Promise((resolve, reject) => {
      if (isAlive) calls.push({ name, perform, resolve, reject })
    })
  const gate: Gate = (port, functions) => mapFunctions(functions, (name, call) => wait(`${port}.${name}`, call))
  main(gate).then(over, (error) => {
    failure = error
    over()
  })
  await allSettled()
  return {
    get calls() {
      return calls
    },
    get isAlive() {
      return isAlive
    },
    get failure() {
      return failure
    },
    async step(index, fate) {
      const [call] = calls.splice(index, 1)
      if (call) decide(call, fate)
      await allSettled()
    },
    die(index, done) {
      const call = calls[index]
      over()
      if (done) call?.perform().catch(() => {})
    },
  }
}

function decide({ name, perform, resolve, reject }: Call, fate: Fate): void {
  if (fate === 'failed') reject(new Error(`${name} failed`))
  else if (fate === 'done') perform().then(resolve, reject)
  else
    perform()
      .catch(() => {})
      .then(() => reject(new Error(`the answer of ${name} was lost`)))
}

function mapFunctions<T extends object>(port: T, call: (name: string, perform: () => Promise<unknown>) => unknown): T {
  const entries = Object.entries(port).map(([name, value]) => [
    name,
    typeof value === 'function' ? (...args: never[]) => call(name, () => value(...args)) : value,
  ])
  return Object.fromEntries(entries) as T
}

/** All that can go on without a further call has gone on. */
function allSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
