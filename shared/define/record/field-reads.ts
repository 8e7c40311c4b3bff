/** Which fields a function of an application reads, told by letting it read. */

export interface Reads<R> {
  /** Absent when the function threw, as it may when a field is missing. */
  readonly result?: R
  readonly fields: ReadonlySet<string>
}

export function readsOf<T extends object, R>(read: (value: T) => R, value: T): Reads<R> {
  const fields = new Set<string>()
  const note = (name: string | symbol) => {
    if (typeof name === 'string') fields.add(name)
  }
  const watched = new Proxy(value, {
    get(target, name, receiver) {
      note(name)
      return Reflect.get(target, name, receiver)
    },
    has(target, name) {
      note(name)
      return Reflect.has(target, name)
    },
    ownKeys(target) {
      for (const name of Reflect.ownKeys(target)) note(name)
      return Reflect.ownKeys(target)
    },
  })
  try {
    return { result: read(watched), fields }
  } catch {
    return { fields }
  }
}
