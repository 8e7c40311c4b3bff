import type { Metrics } from '../types.ts'

interface Directive {
  readonly Namespace?: unknown
  readonly Dimensions?: unknown
  readonly Metrics?: unknown
}

/**
 * Puts the metrics of a log line in CloudWatch's embedded metric format. Any other line is left alone.
 * A dimension set that names a member the line lacks is dropped, as CloudWatch does.
 */
export function putEmbeddedMetrics(line: string, metrics: Metrics): void {
  if (!line.includes('"_aws"')) return
  const root = parse(line)
  const meta = root?._aws as { Timestamp?: unknown; CloudWatchMetrics?: unknown } | undefined
  if (!root || !meta || !Array.isArray(meta.CloudWatchMetrics)) return
  const at = typeof meta.Timestamp === 'number' ? { at: meta.Timestamp } : {}
  for (const directive of meta.CloudWatchMetrics as Directive[]) {
    if (typeof directive.Namespace !== 'string') continue
    for (const dimensions of dimensionSets(directive, root)) {
      for (const [name, value] of valuesOf(directive, root)) {
        metrics.put({ namespace: directive.Namespace, name, dimensions, value, ...at })
      }
    }
  }
}

function dimensionSets(directive: Directive, root: Record<string, unknown>): Record<string, string>[] {
  const sets = Array.isArray(directive.Dimensions) ? (directive.Dimensions as unknown[]) : []
  if (sets.length === 0) return [{}]
  return sets
    .filter((set): set is string[] => Array.isArray(set) && set.every((name) => root[name] !== undefined))
    .map((set) => Object.fromEntries(set.map((name) => [name, String(root[name])])))
}

/** One pair per value: a metric of a line holds a number or an array of them. */
function valuesOf(directive: Directive, root: Record<string, unknown>): [name: string, value: number][] {
  const listed = Array.isArray(directive.Metrics) ? (directive.Metrics as { Name?: unknown }[]) : []
  return listed.flatMap(({ Name }) => {
    const value = root[String(Name)]
    const values = Array.isArray(value) ? value : [value]
    return values.filter((one) => typeof one === 'number').map((one): [string, number] => [String(Name), one])
  })
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
