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

function digitsOf(currency: string): number {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
  return maximumFractionDigits ?? 2
}
