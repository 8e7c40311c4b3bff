import { local } from './aws.ts'
import { eventually, type Patience } from './eventually.ts'

export interface Mail {
  readonly Id: string
  readonly Source: string
  readonly Destination: { readonly ToAddresses: readonly string[] }
  readonly Subject: string
  readonly Body: { readonly text_part: string | null }
}

/** The mails that were sent to an address. */
export async function mailsTo(address: string, endpoint?: string): Promise<Mail[]> {
  const { messages } = await local<{ messages: Mail[] }>('GET', '/_aws/ses', undefined, endpoint)
  return messages.filter((mail) => mail.Destination.ToAddresses.includes(address))
}

/** Waits for the first mail to an address. */
export async function firstMailTo(address: string, patience: Patience = {}): Promise<Mail> {
  const [mail] = await eventually(
    `a mail to ${address}`,
    () => mailsTo(address),
    (mails) => mails.length > 0,
    patience,
  )
  return mail as Mail
}
