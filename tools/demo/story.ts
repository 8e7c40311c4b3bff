/** The story of the contract, on a running stack. Each step throws when what it tells did not happen. */
import { randomBytes } from 'node:crypto'
import { type Client, deadLetterAlarm, type Job, lane, type Order } from './client.ts'
import { must, until } from './expect.ts'
import { words } from './words.ts'

const run = randomBytes(3).toString('hex')
const basket = { items: [{ sku: 'green-tea', quantity: 2, unitPrice: 450 }] }

export async function story(client: Client): Promise<void> {
  const order = await placeOrder(client)
  await receiptOnce(client, order)
  await duplicateIgnored(client, order)
  const poisoned = await poison(client)
  await alarmIsInAlarm(client, poisoned)
  await redrive(client, poisoned)
}

const alice = `alice-${run}@example.com`
const bob = `bob-${run}@example.com`
const receiptOf = ({ jobs }: Order) => jobs.find(({ type }) => type === 'send-receipt')?.id ?? ''

async function post(client: Client, email: string): Promise<Order> {
  const key = `demo-${email}`
  const { status, body } = await client.api<Order>('POST', '/orders', { email, ...basket }, { 'idempotency-key': key })
  must('POST /orders answers 201', status === 201, body)
  return body
}

const jobOf = async (client: Client, id: string) => (await client.api<Job>('GET', `/jobs/${id}`)).body

async function placeOrder(client: Client): Promise<Order> {
  words.step(1, 'An order')
  const order = await post(client, alice)
  const { status, body } = await client.api<Order>('GET', `/orders/${order.id}`)
  must('the order is found again', status === 200 && body.id === order.id, body)
  words.tell(`Alice orders tea for ${(order.total / 100).toFixed(2)} ${order.currency}.`)
  words.proved(`201: the order and its jobs ${order.jobs.map(({ type }) => type).join(', ')} are in one transaction`)
  words.look(`curl ${client.apiUrl}/orders/${order.id}`)
  return order
}

async function receiptOnce(client: Client, order: Order): Promise<void> {
  words.step(2, 'The receipt, once')
  const began = performance.now()
  await until(
    'the receipt job succeeds',
    () => jobOf(client, receiptOf(order)),
    (job) => job.status === 'succeeded',
  )
  const mails = await client.mailsTo(alice)
  must('Alice has one mail', mails.length === 1, mails)
  words.proved(`Relay and consumer were done ${Math.round(performance.now() - began)} ms later; Alice has one mail`)
  const again = await post(client, alice)
  must('a repeated request finds the same order', again.id === order.id, again)
  words.proved('The same request with the same Idempotency-Key gets the same order, and causes nothing')
  words.look(`curl ${client.awsUrl}/_aws/ses`)
}

async function duplicateIgnored(client: Client, order: Order): Promise<void> {
  words.step(3, 'A duplicate delivery, ignored')
  await client.send(lane, await client.messageOf(receiptOf(order)))
  words.tell('SQS may deliver a message twice. Here the message of the receipt comes a second time.')
  await until(
    'the lane is empty again',
    () => client.depth(lane),
    (depth) => depth === 0,
  )
  const [job, mails] = await Promise.all([jobOf(client, receiptOf(order)), client.mailsTo(alice)])
  must('the job was attempted once', job.attempts === 1, job)
  must('Alice still has one mail', mails.length === 1, mails)
  words.proved('The consumer took it, met the effect of the first one and dropped it: one attempt, still one mail')
  words.look(`curl ${client.apiUrl}/jobs/${receiptOf(order)}`)
}

const fault = {
  service: 'ses',
  operation: 'SendEmail',
  match: bob.split('@')[0],
  error: { statusCode: 400, code: 'MessageRejected' },
}
const breakMail = (client: Client) => client.aws('PATCH', '/_localstack/chaos/faults', [fault] as object)
export const fixMail = (client: Client) => client.aws('DELETE', '/_localstack/chaos/faults', [fault] as object)

async function poison(client: Client): Promise<Order> {
  words.step(4, 'A poison message')
  await breakMail(client)
  words.tell('SES refuses all mail to Bob. Bob orders too.')
  words.look(`curl ${client.awsUrl}/_localstack/chaos/faults`)
  const order = await post(client, bob)
  const tell = ({ status, attempts, maxAttempts }: Job) => {
    if (status === 'retrying') words.tell(`  attempt ${attempts} of ${maxAttempts} failed; it waits, longer each time`)
  }
  await until(
    'the job is dead',
    () => jobOf(client, receiptOf(order)),
    (job) => job.status === 'dead',
    tell,
  )
  const { attempts, lastError } = await jobOf(client, receiptOf(order))
  words.proved(`After ${attempts} attempts the job is dead: ${lastError}`)
  words.look(`curl ${client.apiUrl}/jobs/${receiptOf(order)}`)
  return order
}

async function alarmIsInAlarm(client: Client, order: Order): Promise<void> {
  words.step(5, 'The dead-letter queue and its alarm')
  const dead = await client.api<{ deadLetters: { id: string }[] }>('GET', '/dead-letters?limit=500&type=send-receipt')
  must(
    'the job is among the dead letters',
    dead.body.deadLetters.some(({ id }) => id === receiptOf(order)),
    dead.body,
  )
  must('its dead letter is in the queue', (await client.depth(`${lane}-dlq`)) > 0)
  words.proved(`Its dead letter is in ${lane}-dlq, with its body and the reason; nothing is lost`)
  await until(
    'the alarm is in ALARM',
    () => alarmState(client),
    (state) => state === 'ALARM',
  )
  words.proved(`The alarm ${deadLetterAlarm} is in ALARM`)
  words.look(`curl ${client.apiUrl}/dead-letters`)
  words.look(`curl ${client.awsUrl}/_local/alarms`)
}

async function alarmState(client: Client): Promise<string | undefined> {
  const { body } = await client.aws<{ alarms: { name: string; state: string }[] }>('GET', '/_local/alarms')
  return body.alarms.find(({ name }) => name === deadLetterAlarm)?.state
}

async function redrive(client: Client, order: Order): Promise<void> {
  words.step(6, 'Redrive')
  await fixMail(client)
  words.tell('SES takes mail to Bob again, and a person says: once more, please.')
  const ids = [receiptOf(order)]
  const { body } = await client.api<{ moved: number }>('POST', '/dead-letters/redrive', { ids })
  must('the dead letter is redriven', body.moved === 1, body)
  await until(
    'the job succeeds',
    () => jobOf(client, receiptOf(order)),
    (job) => job.status === 'succeeded',
  )
  const mails = await client.mailsTo(bob)
  must('Bob has one mail', mails.length === 1, mails)
  words.proved('The job succeeded; Bob has one mail')
  await letterIsGone(client)
  words.look(`curl ${client.apiUrl}/jobs/${receiptOf(order)}`)
}

/** On a stack that had dead letters before, these stay, and their alarm with them. */
async function letterIsGone(client: Client): Promise<void> {
  const { body } = await client.api<{ deadLetters: unknown[] }>('GET', '/dead-letters')
  if (body.deadLetters.length > 0) {
    words.tell(`${body.deadLetters.length} older dead letters are still there.`)
    return
  }
  await until(
    'the alarm is over',
    () => alarmState(client),
    (state) => state === 'OK',
  )
  words.proved('The dead-letter queue is empty and its alarm is over')
}
