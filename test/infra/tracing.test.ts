/** The export of the traces of jobs: off and without a byte of OpenTelemetry, unless a stage names a collector. */
import { Aws } from 'aws-cdk-lib'
import { build, type Metafile } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { optionsOf } from '../../infra/config/bundling.ts'
import { checkedStage, stageFrom } from '../../infra/config/config.ts'
import { ownModule } from '../../infra/config/paths.ts'
import { tracingModule } from '../../infra/config/tracing.ts'
import { findingsOf, StageTemplate } from './support/template.ts'

const otelLayer = 'arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-collector-arm64-ver-0-117-0:1'
const off = new StageTemplate('dev')
const toEndpoint = new StageTemplate('dev', { otlpEndpoint: 'https://otel.example.com', otelSampleRatio: '0.1' })
const toLayer = new StageTemplate('dev', { otelLayer, tracing: 'false' })
const names = off.ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName as string)
const traced = names.filter((name) => /-(api|relay|relay-ordered|consume-\w+)$/.test(name))
const properties = (template: StageTemplate, name: string) =>
  template.named('AWS::Lambda::Function', name.replace('OutboxRelay-dev-', '')).Properties
const variables = (template: StageTemplate, name: string) => properties(template, name).Environment.Variables

describe.each(names)('%s', (name) => {
  const isTraced = traced.includes(name)

  test('has nothing of it on a stage without a collector', () => {
    expect(Object.keys(variables(off, name)).filter((key) => /OTEL|XRAY/.test(key))).toEqual([])
    expect(properties(off, name).Layers).toBeUndefined()
  })

  test(isTraced ? 'knows the collector and the share of traces' : 'has no spans, so it knows no collector', () => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = variables(toEndpoint, name)
    expect([endpoint, ratio]).toEqual(isTraced ? ['https://otel.example.com', '0.1'] : [undefined, undefined])
    expect(properties(toEndpoint, name).Layers).toBeUndefined()
  })

  test(isTraced ? 'exports to the layer of the collector' : 'starts without the layer', () => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = variables(toLayer, name)
    expect([endpoint, ratio]).toEqual(isTraced ? ['http://localhost:4318', '1'] : [undefined, undefined])
    expect(properties(toLayer, name).Layers).toEqual(isTraced ? [otelLayer] : undefined)
  })

  test(isTraced ? 'may write to X-Ray where the layer does' : 'may not write to X-Ray for the layer', () => {
    const role = properties(toLayer, name).Role['Fn::GetAtt'][0]
    const policies = toLayer
      .ofType('AWS::IAM::Policy')
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(role))
    expect(JSON.stringify(policies).includes('xray:PutTraceSegments')).toBe(isTraced)
  })
})

test('a collector without the packages for it fails the synth, with the command that installs them', () => {
  const { config } = stageFrom({ stage: 'dev', otlpEndpoint: 'https://otel.example.com' })
  const isInstalled = (name: string) => name !== '@opentelemetry/sdk-trace'
  expect(() => tracingModule(config, isInstalled)).toThrow(/run npm install @opentelemetry\/sdk-trace$/)
  expect(tracingModule(stageFrom({ stage: 'dev' }).config, () => false)).toMatch(/off\.ts$/)
})

test('an ARN with the region of the stack is a layer', () => {
  const { config } = stageFrom({ stage: 'dev' })
  const anyRegion = otelLayer.replace('eu-west-1', Aws.REGION)
  expect(checkedStage('dev', { ...config, otelLayer: anyRegion }).config.otelLayer).toBe(anyRegion)
})

test('there are functions with and without spans', () => {
  expect([traced.length, names.length - traced.length]).toEqual([7, 4])
})

test('the API links jobs to X-Ray only where their traces are exported there', () => {
  const links = [off, toEndpoint, toLayer].map((template) => variables(template, 'api').TRACES_IN_XRAY)
  expect(links).toEqual([undefined, undefined, 'true'])
})

test.each([{ otlpEndpoint: 'https://otel.example.com' }, { otelLayer }, { otelLayer, tracing: 'false' }])(
  'cdk-nag finds nothing with %o',
  (context) => {
    expect(findingsOf('prod', context)).toEqual([])
  },
)

const traces = ['api', 'relay', 'relay-ordered', 'consume']

/** The bundles of a stage that write spans. */
async function bundlesOf(context: object) {
  const modules = { application: ownModule('app', 'application'), routes: ownModule('app', 'routes') }
  const { metafile } = await build({
    ...optionsOf({ ...stageFrom({ stage: 'dev', ...context }), modules }),
    entryPoints: Object.fromEntries(traces.map((entry) => [entry, ownModule('functions', entry, 'lambda')])),
    outdir: 'bundles',
    ...{ write: false, metafile: true },
  })
  return metafile.outputs
}

const bundlesWithout = bundlesOf({})
const bundlesWith = bundlesOf({ otlpEndpoint: 'https://otel.example.com' })

describe.each(traces)('the bundle of %s', (entry) => {
  const inputsOf = (outputs: Metafile['outputs']) =>
    Object.keys(outputs[`bundles/${entry}.js`]?.inputs ?? {}).filter((file) => /@opentelemetry|\/tracing\//.test(file))

  test('has one module of a few lines for it on a stage without a collector', async () => {
    expect(inputsOf(await bundlesWithout)).toEqual(['functions/aws/tracing/off.ts'])
  })

  test('has OpenTelemetry on a stage with one', async () => {
    const inputs = inputsOf(await bundlesWith)
    expect(inputs).toContain('functions/aws/tracing/on.ts')
    expect(inputs.some((file) => file.includes('@opentelemetry/sdk-trace'))).toBe(true)
  })
})
