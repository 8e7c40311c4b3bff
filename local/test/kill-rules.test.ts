/** Fault rules that kill the process that makes a call, before or after it is done. */
import { SendEmailCommand } from '@aws-sdk/client-ses'
import { expect, onTestFinished, test } from 'vitest'
import { functionOf, startFunctions } from './support/functions.ts'
import { allow, functionWith, gatewayFor, model, until } from './support/gateway.ts'

/** Sends a mail to the address it is invoked with, as an SDK would, and answers with its process id. */
const MAILER = `
  const { AWS_ACCESS_KEY_ID: key, AWS_SESSION_TOKEN: token, AWS_ENDPOINT_URL: url } = process.env
  export const handler = async ({ to, firstWaitMs = 0 }) => {
    await new Promise((done) => setTimeout(done, firstWaitMs))
    const form = { Action: 'SendEmail', Source: 'a@example.com', 'Destination.ToAddresses.member.1': to,
      'Message.Subject.Data': 's', 'Message.Body.Text.Data': 't' }
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=' + key + '/20260101/us-east-1/ses/aws4_request',
      'x-amz-security-token': token }
    const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) })
    return { status: answer.status, pid: process.pid }
  }`

async function mailer() {
  const { role } = functionWith('mailer', [allow('ses:SendEmail', '*')])
  const fn = functionOf('mailer', MAILER, { roleArn: role.arn })
  const local = await gatewayFor(model({ functions: [fn], roles: [role] }))
  onTestFinished(() => local.stop())
  const functions = startFunctions([fn], { gatewayUrl: local.url })
  const invocations = { begin: functions.invoke }
  local.attach({ functions, invocations, mappings: { list: () => [], setEnabled: async () => [] } })
  const rules = (rules: object[]) => local.send('POST', '/_localstack/chaos/faults', rules)
  const mails = async () => (await local.get('/_aws/ses')).messages.length
  return { ...local, functions, rules, mails }
}

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a process is killed %s its call is done, and the next one is well', async (when, mailed) => {
  const { functions, rules, mails, get } = await mailer()
  await rules([{ service: 'ses', when, kill: true, name: `mail, ${when}` }])
  const killed = await functions.invoke('mailer', { to: 'b@example.com' })
  expect(killed).toMatchObject({ ok: false, reason: 'exit', errorMessage: expect.stringContaining('signal: killed') })
  expect(await mails()).toBe(mailed)
  expect(await get('/_local/faults')).toEqual({ played: { [`mail, ${when}`]: 1 } })
  await rules([])
  expect(await functions.invoke('mailer', { to: 'b@example.com' })).toMatchObject({
    ok: true,
    payload: { status: 200 },
  })
})

test('only the process that made the call dies, not the others of its function', async () => {
  const { functions, rules } = await mailer()
  await rules([{ service: 'ses', match: 'victim', kill: true }])
  const bystander = functions.invoke('mailer', { to: 'well@example.com', firstWaitMs: 500 })
  await until(async () => functions.list().some(({ busy, invocations }) => busy && invocations > 0))
  expect(await functions.invoke('mailer', { to: 'victim@example.com' })).toMatchObject({ ok: false, reason: 'exit' })
  expect(await bystander).toMatchObject({ ok: true, payload: { status: 200 } })
})

test('a call that comes from outside the stack meets no such rule', async () => {
  const { rules, clients, mails } = await mailer()
  await rules([{ kill: true }])
  const Message = { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } }
  await clients().ses.send(
    new SendEmailCommand({ Source: 'a@example.com', Destination: { ToAddresses: ['b@example.com'] }, Message }),
  )
  expect(await mails()).toBe(1)
})
