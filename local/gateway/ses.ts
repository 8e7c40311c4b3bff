import { randomUUID } from 'node:crypto'
import type { StackModel } from '../model.ts'
import type { RouteHandler, Usage } from '../types.ts'
import { type Answer, xmlAnswer, xmlError } from './answer.ts'
import type { Call } from './call.ts'
import type { Mailbox } from './mailbox.ts'
import { unverified } from './ses-identities.ts'

type Form = Readonly<Record<string, unknown>>

/** SES keeps what it is told to send instead of sending it. Who may use a sender, the role says. */
export function createSes(settings: { model: StackModel; mailbox: Mailbox; usage: Usage }) {
  const { model, mailbox, usage } = settings
  return {
    async perform(call: Call): Promise<Answer> {
      if (call.operation !== 'SendEmail') {
        const message = `${call.operation || 'A request without Action'} is not emulated: of SES this endpoint speaks SendEmail only.`
        return xmlError(400, 'InvalidAction', message)
      }
      const problem = invalid(call.input)
      if (problem) return xmlError(400, 'InvalidParameterValue', problem)
      const refusal = unverified(model, call.input)
      if (refusal) return xmlError(400, refusal.code, refusal.message)
      const id = `${Date.now().toString(16).padStart(16, '0')}-${randomUUID()}-000000`
      await mailbox.add(mailOf(call.input, id, model.region))
      // SES bills recipients.
      if (call.caller.kind !== 'operator') {
        usage.call(call.caller.functionName, 'ses.SendEmail', { requestUnits: recipients(call.input).length })
      }
      return xmlAnswer('SendEmail', `<MessageId>${id}</MessageId>`)
    },
    routes: {
      GET: async ({ query }) => ({
        status: 200,
        body: { messages: mailbox.list({ id: query.get('id'), email: query.get('email') }) },
      }),
      DELETE: async ({ query }) => {
        await mailbox.remove(query.get('id'))
        return { status: 200, body: {} }
      },
    } satisfies Record<string, RouteHandler>,
  }
}

const MAX_RECIPIENTS = 50

/** What SES says of the first thing that is wrong with the request. */
function invalid(form: Form): string | undefined {
  const to = recipients(form)
  if (typeof form.Source !== 'string')
    return "Value null at 'source' failed to satisfy constraint: Member must not be null"
  if (to.length === 0) return 'Empty destination: at least one recipient is required.'
  if (to.length > MAX_RECIPIENTS) return `Recipient count exceeds ${MAX_RECIPIENTS}.`
  for (const address of [form.Source, ...to]) {
    if (!/@[^@\s>]+>?$/.test(address)) return "Missing final '@domain'"
  }
  if (form['Message.Subject.Data'] === undefined) {
    return "Value null at 'message.subject' failed to satisfy constraint: Member must not be null"
  }
  if (form['Message.Body.Text.Data'] === undefined && form['Message.Body.Html.Data'] === undefined) {
    return 'Empty body: Text or Html is required.'
  }
  return undefined
}

function recipients(form: Form): string[] {
  return ['To', 'Cc', 'Bcc'].flatMap((kind) => members(form, `Destination.${kind}Addresses`))
}

function mailOf(form: Form, id: string, region: string) {
  const cc = members(form, 'Destination.CcAddresses')
  const bcc = members(form, 'Destination.BccAddresses')
  const names = members(form, 'Tags', '.Name')
  const values = members(form, 'Tags', '.Value')
  return {
    Id: id,
    Region: region,
    Source: String(form.Source),
    Destination: {
      ToAddresses: members(form, 'Destination.ToAddresses'),
      CcAddresses: cc.length > 0 ? cc : undefined,
      BccAddresses: bcc.length > 0 ? bcc : undefined,
    },
    Subject: String(form['Message.Subject.Data']),
    Body: { text_part: text(form['Message.Body.Text.Data']), html_part: text(form['Message.Body.Html.Data']) },
    Timestamp: new Date().toISOString(),
    Tags: names.length > 0 ? names.map((Name, i) => ({ Name, Value: values[i] ?? '' })) : undefined,
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The members of a list in the query protocol: `<name>.member.1`, `<name>.member.2`, … */
function members(form: Form, name: string, suffix = ''): string[] {
  const found: string[] = []
  for (let i = 1; ; i += 1) {
    const value = form[`${name}.member.${i}${suffix}`]
    if (typeof value !== 'string') return found
    found.push(value)
  }
}
