/**
 * An amount as people read it: `12.30 EUR`, `1230 JPY`.
 *
 * @param minor in the currency's minor unit
 * @param currency ISO 4217 code; one that is not known counts as having cents
 */
export function money(minor: number, currency: string): string {
  const digits = /^[A-Z]{3}$/.test(currency) ? digitsOf(currency) : 2
  return `${(minor / 10 ** digits).toFixed(digits)} ${currency}`
}

/** Kept, since each question to Intl takes a tenth of a millisecond. */
const known = new Map<string, number>()

function digitsOf(currency: string): number {
  const digits = known.get(currency) ?? askIntl(currency)
  if (known.size < 1_000) known.set(currency, digits)
  return digits
}

function askIntl(currency: string): number {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
  return maximumFractionDigits ?? 2
}
