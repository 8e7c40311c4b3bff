import type { Call } from './call.ts'

interface MessageParts {
  readonly MessageBody?: string
  readonly Body?: string
  readonly MessageAttributes?: Readonly<
    Record<string, { DataType?: string; StringValue?: string; BinaryValue?: string }>
  >
}

const CHUNK = 64 * 1024

/** SQS bills every started 64 KiB of a call's payload, a batch by its sum; an empty receive and all other calls are one. */
export function requestUnitsOf({ operation, input }: Call, answerBody: string): number {
  const messages = messagesOf(operation, input, answerBody)
  const bytes = messages.reduce((total, message) => total + sizeOf(message), 0)
  return Math.max(1, Math.ceil(bytes / CHUNK))
}

function messagesOf(operation: string, input: Call['input'], answerBody: string): readonly MessageParts[] {
  if (operation === 'SendMessage') return [input as MessageParts]
  if (operation === 'SendMessageBatch') return (input.Entries ?? []) as MessageParts[]
  if (operation !== 'ReceiveMessage' || answerBody.length < CHUNK) return []
  return (JSON.parse(answerBody) as { Messages?: MessageParts[] }).Messages ?? []
}

function sizeOf({ MessageBody, Body, MessageAttributes = {} }: MessageParts): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType = '', StringValue = '', BinaryValue = '' }]) =>
      Buffer.byteLength(name + DataType + StringValue) + Buffer.byteLength(BinaryValue, 'base64'),
  )
  return attributes.reduce((total, size) => total + size, Buffer.byteLength(MessageBody ?? Body ?? ''))
}
