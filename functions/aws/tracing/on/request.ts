import { SpanKind } from '@opentelemetry/api'
import type { Tracing } from '../tracing.ts'
import { during, fail, startUnder } from './span.ts'

/** The span of a request. It names the route and not the path, in which an application may have personal data. */
export const tracedRequest: Tracing['request'] = ({ method, route, traceparent }, work) => {
  // A request that only reads causes no job, and a console asks several times a second.
  if (method === 'GET') return work(traceparent)
  const started = startUnder(traceparent, `${method} ${route}`, {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': method, 'http.route': route, 'url.scheme': 'https', 'faas.trigger': 'http' },
  })
  return during(started, async () => {
    const answer = await work(started.traceparent)
    started.span.setAttribute('http.response.status_code', answer.status)
    if (answer.status >= 500) fail(started.span, String(answer.status))
    return answer
  })
}
