import { SpanKind } from '@opentelemetry/api'
import type { Http, Mailer, Services } from '../../../../shared/define/services.ts'
import { mailSender } from '../../environment.ts'
import { during, fail, startHere } from './span.ts'

/** Services whose calls to the outside are spans. They name the receiver's host: a path may have secrets, an address is personal. */
export function outsideServices(services: Services): Services {
  const { mail, http } = services
  // Without a sender a mail is logged, which is no call.
  return { ...services, http: tracedHttp(http), mail: mailSender() === undefined ? mail : tracedMailer(mail) }
}

function tracedMailer(mailer: Mailer): Mailer {
  const attributes = { 'rpc.system.name': 'aws-api', 'rpc.method': 'SES/SendEmail' }
  return {
    send: (mail, signal) =>
      during(startHere('SES/SendEmail', { kind: SpanKind.CLIENT, attributes }), () => mailer.send(mail, signal)),
  }
}

function tracedHttp(http: Http): Http {
  return {
    async post(request, signal) {
      const started = startHere('POST', {
        kind: SpanKind.CLIENT,
        attributes: { 'http.request.method': 'POST', ...serverOf(request.url) },
      })
      const headers = withTrace(request.headers, started.traceparent)
      return during(started, async () => {
        const answer = await http.post({ ...request, headers }, signal)
        started.span.setAttribute('http.response.status_code', answer.status)
        if (answer.status >= 400) fail(started.span, String(answer.status))
        return answer
      })
    },
  }
}

function serverOf(text: string) {
  const url = URL.parse(text)
  if (!url) return {}
  const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443)
  return { 'server.address': url.hostname, 'server.port': port, 'url.scheme': url.protocol.slice(0, -1) }
}

/** The receiver may carry the trace on. A header that the job has set stays. */
function withTrace(headers: Readonly<Record<string, string>>, traceparent: string) {
  const isSet = Object.keys(headers).some((name) => name.toLowerCase() === 'traceparent')
  return isSet ? headers : { ...headers, traceparent }
}
