/** Links into the AWS console. Whoever follows one is asked there who they are. */
import { tracesInXRay } from './environment.ts'

export interface Traced {
  readonly id: string
  readonly createdAt: string
  readonly finishedAt?: string
  /** 32 hex digits. `undefined` for a trace that the caller did not want exported. */
  readonly traceId?: string
}

/**
 * Where to read on about a job: its log lines, and its trace if the stage exports it to X-Ray. None where there is no AWS
 * console.
 */
export type JobLinks = (job: Traced) => { readonly logs?: string; readonly trace?: string }

/** @param functions every function of the stack */
export function jobLinks(functions: readonly { readonly name: string }[]): JobLinks {
  const { AWS_ENDPOINT_URL: local, AWS_REGION: region = '' } = process.env
  if (local !== undefined) return () => ({})
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#`
  const groups = functions.map(({ name }) => `/aws/lambda/${name}`)
  const isTraced = tracesInXRay()
  return (job) => ({
    logs: `${console}${insights(groups, job)}`,
    // Lambda's own traces have other ids than those of the callers. X-Ray writes a W3C trace id with the time apart.
    trace:
      isTraced && job.traceId
        ? `${console}xray:traces/1-${job.traceId.slice(0, 8)}-${job.traceId.slice(8)}`
        : undefined,
  })
}

const hour = 3_600_000

/** The console keeps a query in the fragment of its address: URL-encoded twice, with `$` for the second `%`. */
function insights(groups: readonly string[], { id, createdAt, finishedAt }: Traced): string {
  const query = `fields @timestamp, @log, message, attempt, error | filter job = "${id}" | sort @timestamp`
  // A job that has not ended, or may be redriven, is looked for until now.
  const from = new Date(Date.parse(createdAt) - hour).toISOString()
  const until = new Date(Math.max(Date.now(), Date.parse(finishedAt ?? createdAt)) + hour).toISOString()
  const source = groups.map((group) => `~'${starred(group)}`).join('')
  const detail =
    `~(end~'${starred(until)}~start~'${starred(from)}~timeType~'ABSOLUTE~tz~'UTC` +
    `~editorString~'${starred(query)}~source~(${source}))`
  return `logsV2:logs-insights${encoded(`?queryDetail=${encoded(detail)}`).replaceAll('%', '$')}`
}

const starred = (text: string) => encoded(text).replaceAll('%', '*')

/** `encodeURIComponent`, and what it leaves alone of what has a meaning here. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
