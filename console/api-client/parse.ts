/** Parses the body of an answer; `undefined` if it is not JSON. An empty body counts as an empty object. */
export function parse(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}
