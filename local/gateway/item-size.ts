/** An attribute value of the DynamoDB JSON protocol: `{S: 'text'}`, `{M: {…}}`. */
export type AttributeValue = Readonly<Record<string, unknown>>
export type Item = Readonly<Record<string, AttributeValue>>

/** Bytes of an item as DynamoDB bills them: names and values, with 3 bytes around each map or list and 1 per entry. */
export function itemSize(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueSize(value)))
}

function valueSize(value: AttributeValue): number {
  const [type = 'NULL', content] = Object.entries(value)[0] ?? []
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content))
    case 'N':
      return numberSize(String(content))
    case 'B':
      return Buffer.byteLength(String(content), 'base64')
    case 'SS':
    case 'NS':
    case 'BS':
      return sum((content as string[]).map((member) => valueSize({ [type.slice(0, 1)]: member })))
    case 'L':
      return 3 + sum((content as AttributeValue[]).map((entry) => 1 + valueSize(entry)))
    case 'M':
      return 3 + Object.keys(content as Item).length + itemSize(content as Item)
    default:
      return 1
  }
}

/** About one byte for two significant digits, and one more; zeroes at both ends do not count. */
function numberSize(text: string): number {
  const digits = text
    .replace(/e.*$/i, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+|0+$/g, '')
  return Math.ceil(digits.length / 2) + 1
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0)
}
