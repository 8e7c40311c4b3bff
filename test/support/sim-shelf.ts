/** In which order a simulated queue gives out its messages; fast enough for a hundred thousand of them. */
import { heap } from './heap.ts'

/** The fields of a message that decide when a queue gives it out. */
interface Shelved {
  readonly groupId?: string
  /** ms since the epoch. */
  readonly visibleAt: number
}

export interface Shelf<Message extends Shelved> {
  put(message: Message): void
  drop(message: Message): void
  /** The message became hidden, or visible, at its new `visibleAt`. */
  moved(message: Message): void
  /** When something can be given out, in ms; `undefined` while nothing is there. */
  readyAt(): number | undefined
  /** Messages that can be given out now, one after the other. Whoever takes one hides or drops it before the next. */
  ready(): Iterable<Message>
}

/** A place of a message on the shelf. It is void once the message has moved on, and is passed over then. */
interface Place<Message> {
  readonly message: Message
  readonly at: number
  isVoid: boolean
}

/** A standard queue promises no order: it gives out any visible message. */
export function shelfInNoOrder<Message extends Shelved>(now: () => number, random: () => number): Shelf<Message> {
  const places = new Map<Message, Place<Message>>()
  const hidden = heap<Place<Message>>((a, b) => a.at - b.at)
  let visible: Place<Message>[] = []

  const put = (message: Message) => {
    const place = { message, at: message.visibleAt, isVoid: false }
    places.set(message, place)
    if (place.at <= now()) visible.push(place)
    else hidden.push(place)
  }
  const drop = (message: Message) => {
    const place = places.get(message)
    if (place) place.isVoid = true
    places.delete(message)
  }
  const show = () => {
    for (let top = hidden.peek(); top && (top.isVoid || top.at <= now()); top = hidden.peek()) {
      hidden.pop()
      if (!top.isVoid) visible.push(top)
    }
    while (visible.at(-1)?.isVoid) visible.pop()
    if (visible.length > 64 && visible.length > 4 * places.size) visible = visible.filter(({ isVoid }) => !isVoid)
  }
  const draw = (): Message | undefined => {
    for (show(); visible.length > 0; show()) {
      const i = Math.floor(random() * visible.length)
      const place = visible[i] as Place<Message>
      visible[i] = visible.at(-1) as Place<Message>
      visible.pop()
      if (!place.isVoid) return place.message
    }
    return undefined
  }
  return {
    put,
    drop,
    moved(message) {
      drop(message)
      put(message)
    },
    readyAt() {
      show()
      return visible.length > 0 ? now() : hidden.peek()?.at
    },
    *ready() {
      for (let message = draw(); message; message = draw()) yield message
    },
  }
}

/** FIFO: a message that is out with a consumer holds back all that come after it in its group. */
export function shelfInGroups<Message extends Shelved>(now: () => number): Shelf<Message> {
  const groups = new Map<string | undefined, Message[]>()
  return {
    put(message) {
      const group = groups.get(message.groupId)
      if (group) group.push(message)
      else groups.set(message.groupId, [message])
    },
    drop(message) {
      const group = groups.get(message.groupId) ?? []
      const at = group.indexOf(message)
      if (at >= 0) group.splice(at, 1)
      if (group.length === 0) groups.delete(message.groupId)
    },
    moved() {},
    readyAt() {
      let first: number | undefined
      for (const [message] of groups.values()) {
        if (message && (first === undefined || message.visibleAt < first)) first = message.visibleAt
      }
      return first === undefined ? undefined : Math.max(first, now())
    },
    *ready() {
      for (const group of [...groups.values()]) {
        for (const message of [...group]) {
          if (message.visibleAt > now()) break
          yield message
        }
      }
    },
  }
}
