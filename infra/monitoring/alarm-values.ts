/** Values of the placeholders of an alarm, by the name in `<>`. */
export type Values = Readonly<Record<string, string | number>>

/** Returns the text with its placeholders replaced. @throws Error if a value is missing */
export function filled(text: string, values: Values): string {
  return text.replace(/<(\w+)>/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for ${placeholder} in the alarm text "${text}"`)
    return String(value)
  })
}
