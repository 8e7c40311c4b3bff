/** `POST /bookings`, as it was before the outbox came, except for the commit. */
import { randomUUID } from 'node:crypto'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { create, request } from 'outbox-relay'
import { outbox } from 'outbox-relay/client'
import application from '../outbox/application.ts'
import confirmBooking from '../outbox/jobs/confirm-booking.ts'
import { booking, newBooking } from '../outbox/records/booking.ts'

const bookings = outbox(application)

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const asked = newBooking.safeParse(JSON.parse(event.body ?? '{}'))
  if (!asked.success) return { statusCode: 422, body: JSON.stringify({ errors: asked.error.issues }) }
  const id = randomUUID()
  const result = await bookings.commit({
    records: [create(booking, { id, ...asked.data })],
    jobs: [request(confirmBooking, { bookingId: id, ...asked.data })],
  })
  if (result.kind === 'conflict') return { statusCode: 409 }
  if (result.kind !== 'committed') return { statusCode: 503, headers: { 'retry-after': '2' } }
  return { statusCode: 201, body: JSON.stringify({ id, ...asked.data, jobs: result.jobs }) }
}
