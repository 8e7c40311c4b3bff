import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A mail as LocalStack shows it under `/_aws/ses`, and its tags. */
export interface Mail {
  readonly Id: string
  readonly Region: string
  readonly Source: string
  readonly Destination: {
    readonly ToAddresses: readonly string[]
    readonly CcAddresses?: readonly string[]
    readonly BccAddresses?: readonly string[]
  }
  readonly Subject: string
  readonly Body: { readonly text_part: string | null; readonly html_part: string | null }
  /** ISO 8601, UTC. */
  readonly Timestamp: string
  readonly Tags?: readonly { readonly Name: string; readonly Value: string }[]
}

export interface Mailbox {
  /** Resolves once the mail is in the file: who gets a message id finds the mail, also after a kill. */
  add(mail: Mail): Promise<void>
  list(filter?: { id?: string | null; email?: string | null }): readonly Mail[]
  remove(id?: string | null): Promise<void>
}

/** All mails in memory, and one line for each in an append-only file. */
export async function openMailbox(dataDir: string): Promise<Mailbox> {
  const file = join(dataDir, 'mails.jsonl')
  await mkdir(dataDir, { recursive: true })
  let mails = parseLines<Mail>(await readFile(file, 'utf8').catch(() => ''))
  // One write after the other: a removal rewrites the file and must not lose a mail that comes at the same time.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (write: () => Promise<void>): Promise<void> => {
    const turn = last.then(write)
    last = turn.catch(() => undefined)
    return turn
  }

  return {
    add: (mail) =>
      inTurn(async () => {
        // A line break first: a line torn by a kill does not swallow the next mail.
        await appendFile(file, `\n${JSON.stringify(mail)}`)
        mails.push(mail)
      }),
    list: ({ id, email } = {}) => mails.filter((mail) => (!id || mail.Id === id) && (!email || mail.Source === email)),
    remove: (id) =>
      inTurn(async () => {
        mails = id ? mails.filter((mail) => mail.Id !== id) : []
        await writeFile(`${file}.new`, mails.map((mail) => `\n${JSON.stringify(mail)}`).join(''))
        await rename(`${file}.new`, file)
      }),
  }
}

/** The lines that are whole; a process that died while writing leaves half a line, which nobody was told of. */
export function parseLines<T>(text: string): T[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as T]
    } catch {
      return []
    }
  })
}
