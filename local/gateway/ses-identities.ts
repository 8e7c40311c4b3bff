import type { SesIdentity, StackModel } from '../model.ts'

type Form = Readonly<Record<string, unknown>>

/** Who sends a mail: the bare address, and the name in front of it. */
export function senderOf({ Source }: Form): { address: string; displayName: string } {
  const source = typeof Source === 'string' ? Source : ''
  const [, name = '', address = source] = /^(.*)<([^<>]+)>\s*$/.exec(source) ?? []
  return { address, displayName: name.trim().replaceAll('"', '') }
}

export const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1)

/** The verified identity that covers an address: the address itself, else its domain or one above it. */
function identityOf({ sesIdentities = [] }: StackModel, address: string): SesIdentity | undefined {
  const domain = domainOf(address).toLowerCase()
  const covers = ({ name }: SesIdentity) => domain === name.toLowerCase() || domain.endsWith(`.${name.toLowerCase()}`)
  return sesIdentities.find(({ name }) => name === address) ?? sesIdentities.find(covers)
}

/** The configuration set of a mail: the one that it names, or the default one of its sender's identity. */
export function configurationSetOf(model: StackModel, form: Form): string | undefined {
  const { ConfigurationSetName: named } = form
  if (typeof named === 'string' && named !== '') return named
  return identityOf(model, senderOf(form).address)?.configurationSet
}

/** Why SES does not send a mail of a sender or a configuration set that it does not have. */
export function unverified(model: StackModel, form: Form): { code: string; message: string } | undefined {
  const { sesIdentities, region } = model
  if (!sesIdentities) return undefined
  const { address } = senderOf(form)
  if (!identityOf(model, address)) {
    const message = `Email address is not verified. The following identities failed the check in region ${region.toUpperCase()}: ${address}`
    return { code: 'MessageRejected', message }
  }
  const set = configurationSetOf(model, form)
  if (set === undefined || sesIdentities.some(({ configurationSet }) => configurationSet === set)) return undefined
  return { code: 'ConfigurationSetDoesNotExist', message: `Configuration set <${set}> does not exist.` }
}
