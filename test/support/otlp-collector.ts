/** A collector of spans on this machine: takes OTLP over HTTP, as protobuf. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CollectedSpan {
  readonly traceId: string
  readonly id: string
  /** `''` for the first span of a trace. */
  readonly parent: string
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unspecified'
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** Attributes of the function that the span is of. */
  readonly resource: Readonly<Record<string, string | number | boolean>>
  /** What failed, in words; `undefined` for a span without an error. */
  readonly error?: string
}

export interface Collector extends AsyncDisposable {
  readonly url: string
  /** What has come so far. */
  readonly spans: readonly CollectedSpan[]
  /** Answers no request from now on. */
  silence(): void
}

export async function collector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  let isSilent = false
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request))
    if (isSilent) return
    const isSpans = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf'
    if (isSpans) spans.push(...spansIn(body))
    response.writeHead(isSpans ? 200 : 404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    silence() {
      isSilent = true
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const

/** The numbers are those of the fields in opentelemetry-proto's trace.proto. */
function spansIn(body: Buffer): CollectedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((ofResource) => {
    const resource = attributesOf(messages(ofResource, 1).flatMap((it) => messages(it, 1)))
    return messages(ofResource, 2).flatMap((ofScope) => messages(ofScope, 2).map((span) => spanOf(span, resource)))
  })
}

function spanOf(span: Fields, resource: CollectedSpan['resource']): CollectedSpan {
  const [status] = messages(span, 15)
  return {
    traceId: bytes(span, 1).toString('hex'),
    id: bytes(span, 2).toString('hex'),
    parent: bytes(span, 4).toString('hex'),
    name: bytes(span, 5).toString(),
    kind: kinds[Number(span.get(6)?.[0] ?? 0)] ?? 'unspecified',
    attributes: attributesOf(messages(span, 9)),
    resource,
    error: status && status.get(3)?.[0] === 2n ? bytes(status, 2).toString() : undefined,
  }
}

function attributesOf(pairs: readonly Fields[]) {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value] = messages(pair, 2)
      const [boolean, integer] = [value?.get(2)?.[0], value?.get(3)?.[0]]
      const text = value ? bytes(value, 1).toString() : ''
      return [
        bytes(pair, 1).toString(),
        boolean !== undefined ? boolean === 1n : integer !== undefined ? Number(integer) : text,
      ]
    }),
  )
}

/** The values of a protobuf message by the number of their field: a text, bytes or message as its bytes. */
type Fields = ReadonlyMap<number, readonly (Buffer | bigint)[]>

const bytes = (fields: Fields, field: number) => (fields.get(field)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)
const messages = (fields: Fields, field: number) => (fields.get(field) ?? []).map((value) => fieldsOf(value as Buffer))

function fieldsOf(message: Buffer): Fields {
  const fields = new Map<number, (Buffer | bigint)[]>()
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]
      if (byte === undefined) throw new Error('the protobuf message is cut short')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const slice = (length: number) => {
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const tag = Number(varint())
    const [field, wireType] = [tag >> 3, tag & 7]
    const value = wireType === 0 ? varint() : slice(wireType === 1 ? 8 : wireType === 5 ? 4 : Number(varint()))
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}
