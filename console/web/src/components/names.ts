/** How many characters all names share, up to and with a hyphen: the stack's name. One name alone shares nothing. */
export function commonStart([first = '', ...rest]: readonly string[]): number {
  if (rest.length === 0) return 0
  let length = first.length
  while (!rest.every((name) => name.startsWith(first.slice(0, length)))) length--
  return first.lastIndexOf('-', length - 1) + 1
}
