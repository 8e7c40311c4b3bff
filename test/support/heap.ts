/** A priority queue: the least comes out first. */
export interface Heap<T> {
  readonly size: number
  push(value: T): void
  peek(): T | undefined
  pop(): T | undefined
}

export function heap<T>(compare: (a: T, b: T) => number): Heap<T> {
  const values: T[] = []
  const at = (i: number) => values[i] as T
  const swap = (i: number, j: number) => {
    const value = at(i)
    values[i] = at(j)
    values[j] = value
  }
  const lesserChild = (i: number) => {
    const left = 2 * i + 1
    return left + 1 < values.length && compare(at(left + 1), at(left)) < 0 ? left + 1 : left
  }
  return {
    get size() {
      return values.length
    },
    push(value) {
      values.push(value)
      for (let i = values.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (compare(at(i), at(parent)) >= 0) return
        swap(i, parent)
        i = parent
      }
    },
    peek: () => values[0],
    pop() {
      const first = values[0]
      const last = values.pop()
      if (values.length === 0 || last === undefined) return first
      values[0] = last
      for (let i = 0, child = lesserChild(0); child < values.length; child = lesserChild(i)) {
        if (compare(at(i), at(child)) <= 0) break
        swap(i, child)
        i = child
      }
      return first
    },
  }
}
