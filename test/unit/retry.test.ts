import { describe, expect, it } from 'vitest'
import { outcomeOf, retry } from '../../shared/lib/retry.ts'

/** A clock that notes the pauses; each is half of the longest, as `random` says. */
function clockOf() {
  const pauses: number[] = []
  let now = 0
  return {
    pauses,
    now: () => new Date(now),
    random: () => 0.5,
    async sleep(ms: number) {
      pauses.push(ms)
      now += ms
    },
  }
}

const pace = { baseSeconds: 0.1, capSeconds: 1 }
const counter = () => {
  let count = 0
  return async () => ++count
}

describe('a retry', () => {
  it('ends with the first result that needs none', async () => {
    const clock = clockOf()
    expect(await retry(clock, { pace }, counter(), (count) => count < 4)).toBe(4)
    expect(clock.pauses).toEqual([50, 100, 200])
  })

  it('ends after so many tries, without a pause after the last', async () => {
    const clock = clockOf()
    expect(await retry(clock, { pace, tries: 3 }, counter(), () => true)).toBe(3)
    expect(clock.pauses).toEqual([50, 100])
  })

  it('begins no pause that would end too late', async () => {
    const clock = clockOf()
    expect(await retry(clock, { pace, until: 200 }, counter(), () => true)).toBe(3)
    expect(clock.pauses).toEqual([50, 100])
  })

  it('makes no pause where it is given no pace', async () => {
    const clock = clockOf()
    expect(await retry(clock, { tries: 2 }, counter(), () => true)).toBe(2)
    expect(clock.pauses).toEqual([])
  })

  it('sees a call that throws as an outcome', async () => {
    const call = async () => {
      throw new Error('no')
    }
    const outcome = await retry(
      clockOf(),
      { tries: 2 },
      () => outcomeOf(call),
      ({ status }) => status === 'rejected',
    )
    expect(outcome).toEqual({ status: 'rejected', reason: new Error('no') })
  })
})
