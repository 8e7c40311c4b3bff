/** The export of the traces of jobs: what a function needs for it, and its permissions. */
import { createRequire } from 'node:module'
import { env } from '../../shared/lib/names.ts'
import type { Grant } from '../access/grant.ts'
import { ConfigError } from './config-error.ts'
import { ownModule } from './paths.ts'
import type { StageConfig } from './stage-config.ts'

/** The functions of a job's path, by the folder of their entry. The others have no spans. */
const traced: readonly string[] = ['api', 'relay', 'relay-ordered', 'consume']

/** Where the collector of the layer listens. */
const layerEndpoint = 'http://localhost:4318'

const packages = [
  '@opentelemetry/api',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
]

/** The module that is bundled as `#tracing`. @throws ConfigError when a package for it is not installed */
export function tracingModule(config: StageConfig, installed = isInstalled): string {
  if (endpointOf(config) === undefined) return ownModule('functions', 'aws', 'tracing', 'off')
  const missing = packages.filter((name) => !installed(name))
  if (missing.length === 0) return ownModule('functions', 'aws', 'tracing', 'on')
  throw new ConfigError(
    `otlpEndpoint and otelLayer need packages that are not installed: run npm install ${missing.join(' ')}`,
  )
}

/** What the export of traces adds to a function; nothing on a stage without it. @param entry folder of the function */
export function tracingOf(config: StageConfig, entry: string) {
  const endpoint = endpointOf(config)
  if (endpoint === undefined || !traced.includes(entry)) return { environment: {}, layers: [], grants: [] }
  const { otelLayer, otelSampleRatio = 1 } = config
  return {
    environment: {
      [env.otlpEndpoint]: endpoint,
      [env.otelSampleRatio]: String(otelSampleRatio),
      ...(otelLayer && entry === 'api' ? { [env.tracesInXRay]: 'true' } : {}),
    },
    layers: otelLayer ? [otelLayer] : [],
    grants: otelLayer ? [xray] : [],
  }
}

/** X-Ray has no resources to name. */
const xray: Grant = { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], on: ['*'] }

function endpointOf({ otlpEndpoint, otelLayer }: StageConfig): string | undefined {
  return otelLayer === undefined ? otlpEndpoint : layerEndpoint
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.filename).resolve(name)
    return true
  } catch {
    return false
  }
}
