/** What a world goes through: outages, a busy minute, a quiet month, and in the end nothing that goes wrong any more. */
import type { SimQueue } from '../../support/sim-queue.ts'
import { lanes } from '../world/app.ts'
import type { Witness } from '../world/witness.ts'
import type { World as OneWorld } from '../world/world.ts'
import type { Callers } from './callers.ts'
import { loseAlone } from './lose-alone.ts'
import { keepTime } from './scheduler.ts'

/** A world and its users. */
export type World = OneWorld & { readonly callers: Callers }

const hour = 3_600_000
const day = 24 * hour
/** Arrivals a second. */
const rate = 60

export async function liveThrough(world: World, jobs: number): Promise<void> {
  keepTime(world)
  const few = Math.max(10, Math.ceil(jobs / 50))
  await outage(world, () => relayIsOff(world, few))
  await outage(world, () => laneIsOff(world, few))
  await load(world, jobs)
  await rest(world, 3 * hour)
  for (let n = 0; n < 3; n++) {
    void world.callers.redriveAll()
    await rest(world, 7 * hour)
  }
  await quietMonth(world)
  await laneIsGone(world, few)
  world.faults.end()
  await takeUp(world)
  await rest(world, 28 * hour)
  await calmDay(world, few)
  await takeUp(world)
}

/** Nothing goes wrong, except in jobs: now each is sent at its time. */
async function calmDay(world: World, jobs: number): Promise<void> {
  world.stack.witness.calmSince = world.timeline.now()
  // By then the sweeper comes every minute, as in life.
  await rest(world, hour / 2)
  await load(world, jobs)
  await rest(world, 3 * hour)
}

/** Jobs arrive at random moments, and operators do what they do. */
async function load({ timeline, callers, faults }: World, jobs: number): Promise<void> {
  for (let asked = 0; asked < jobs; ) {
    asked += callers.ask()
    if (faults.pick(100) === 0) callers.operate()
    await timeline.run(timeline.now() + (1_000 / rate) * 2 * faults.random())
  }
}

/** What gets lost meanwhile was taken away on purpose. */
async function outage({ stack: { witness } }: World, happens: () => Promise<void>): Promise<void> {
  witness.outage = true
  await happens()
  witness.outage = false
  for (const id of witness.written.keys()) witness.excused.add(id)
}

/** The relays are off for longer than the stream remembers. */
async function relayIsOff(world: World, jobs: number): Promise<void> {
  for (const relay of world.relays) relay.disable()
  await load(world, jobs)
  await rest(world, 25 * hour)
  for (const relay of world.relays) relay.enable()
  await rest(world, hour)
}

/** A lane is paused for two days; now and then for longer than its queue keeps messages. */
async function laneIsOff(world: World, jobs: number): Promise<void> {
  const days = world.faults.pick(4) > 0 ? 2 : 8
  const consumer = world.consumers.get('default')
  if (!consumer) return
  consumer.isEnabled = false
  await load(world, jobs)
  for (let n = 0; n < days; n++) {
    await rest(world, day)
    world.stack.sqs.expire()
  }
  consumer.isEnabled = true
  consumer.wake()
  await rest(world, hour)
}

/** Now and then a deploy removes a lane, and with it its queue. Its jobs run once it is back in time, or end as dead. */
async function laneIsGone(world: World, jobs: number): Promise<void> {
  if (world.faults.pick(4) > 0) return
  const { consumers, stack } = world
  const consumer = consumers.get('default')
  if (!consumer) return
  stack.witness.outage = true
  consumer.isEnabled = false
  await load(world, jobs)
  for (const { name, queue } of stack.sqs.lanes) if (name === 'default') removeQueue(stack.witness, queue)
  for (const id of stack.witness.written.keys()) stack.witness.excused.add(id)
  stack.deployed.lanes = lanes.filter(({ name }) => name !== 'default')
  for (let n = 0; n < 31; n++) {
    await rest(world, day)
    // Effects stay, so that the verdict can read them.
    await stack.dynamoDb.expire(['outbox'])
    if (n === 3) await load(world, 3)
  }
  stack.deployed.lanes = lanes
  consumer.isEnabled = true
  consumer.wake()
  await rest(world, day)
  stack.witness.outage = false
  for (const id of stack.witness.written.keys()) stack.witness.excused.add(id)
}

/** A dead letter that a person has put back into the lane goes with it. */
function removeQueue(witness: Witness, queue: SimQueue): void {
  for (const { body, deaths } of queue.messages) if (deaths) witness.deadLetterGone(JSON.parse(body).id)
  queue.expire(-1)
}

/** As long as the outbox keeps an item: some jobs a day, one that gets lost, and every 13 days dead letters put back by hand. */
async function quietMonth(world: World): Promise<void> {
  for (let today = 0; today < 30; today++) {
    await load(world, 3)
    loseAlone(world, today)
    await rest(world, day)
    if (today % 13 === 12) await putDeadLettersBack(world)
  }
}

/**
 * A person takes up what SQS gave up: after the last look at its job there is no other way back. In an ordered lane, those
 * behind the first of a group may be given up once more.
 */
async function takeUp(world: World): Promise<void> {
  for (let n = 0; n < 20 && world.callers.putBackGivenUp() > 0; n++) await rest(world, hour)
}

/** Before the queues forget them, a person puts all dead letters back by hand. */
async function putDeadLettersBack(world: World): Promise<void> {
  world.stack.sqs.expire()
  await world.stack.dynamoDb.expire()
  world.callers.putBackAll()
}

async function rest({ timeline }: World, ms: number): Promise<void> {
  await timeline.run(timeline.now() + ms)
}
