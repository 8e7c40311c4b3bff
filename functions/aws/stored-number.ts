/** A number of DynamoDB as JavaScript keeps it exactly: a bigint where it is whole and too large for a number. */
export function storedNumber(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text)
}
