import { describe, expect, test } from 'vitest'
import { checkedStage, stageFrom } from '../../infra/config/config.ts'
import { ConfigError } from '../../infra/config/config-error.ts'

/** The message of the refusal. */
function refusal(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('was not refused')
}

const layer = (processor: string) =>
  `arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-collector-${processor}-ver-0-117-0:1`

describe('a stage', () => {
  test.each(['local', 'localstack', 'dev', 'prod'])(
    '%s is complete without any override, except what prod must decide',
    (stage) => {
      const decided = stage === 'prod' ? { mailSender: 'none', alarmEmail: 'none' } : {}
      expect(stageFrom({ stage, ...decided }).name).toBe(stage)
    },
  )

  test('takes overrides from the context, as text', () => {
    const { config } = stageFrom({
      stage: 'dev',
      alarmEmail: 'ops@example.com',
      mailSender: 'shop@example.com',
      probes: 'false',
      logRetentionDays: '30',
    })
    expect(config).toMatchObject({
      alarmEmail: 'ops@example.com',
      mailSender: 'shop@example.com',
      probes: false,
      logRetentionDays: 30,
    })
  })

  test('takes a collector of traces from the context', () => {
    for (const otlpEndpoint of ['https://otel.example.com/base', 'http://localhost:4318'])
      expect(stageFrom({ stage: 'dev', otlpEndpoint, otelSampleRatio: '0.25' }).config).toMatchObject({
        otlpEndpoint,
        otelSampleRatio: 0.25,
      })
    expect(stageFrom({ stage: 'dev', otelLayer: layer('arm64') }).config.otelLayer).toBe(layer('arm64'))
  })

  test('treats an empty override as none', () => {
    expect(stageFrom({ stage: 'dev', mailSender: '' }).config.mailSender).toBeUndefined()
  })

  test('keeps its own value under an empty override', () => {
    expect(stageFrom({ stage: 'dev', logLevel: '' }).config.logLevel).toBe('INFO')
  })

  test('takes none as the decision that there are no mails and no alarm address', () => {
    const { config } = stageFrom({ stage: 'prod', mailSender: 'none', alarmEmail: 'none' })
    expect([config.mailSender, config.alarmEmail]).toEqual([undefined, undefined])
  })

  test('leaves the keys of the CDK alone', () => {
    const context = { stage: 'dev', '@aws-cdk/core:x': true, 'aws:cdk:y': 1, 'availability-zones:account=1': [] }
    expect(stageFrom(context).name).toBe('dev')
  })

  test('takes tokens of an issuer by configuration', () => {
    const jwt = {
      authorization: 'jwt',
      jwtIssuer: 'https://issuer.example.com',
      jwtAudience: 'a,b',
      viewerScope: 'outbox/read',
      operatorScope: 'outbox/operate',
    }
    expect(stageFrom({ stage: 'prod', mailSender: 'none', alarmEmail: 'none', ...jwt }).config).toMatchObject(jwt)
  })
})

const tokens = { authorization: 'jwt', jwtIssuer: 'https://i.example.com', jwtAudience: 'a' }

describe('an invalid configuration is refused in one line that says what to do', () => {
  test.each([
    ['an unknown stage', { stage: 'staging' }, /Unknown stage "staging".*local, localstack, dev, prod/],
    ['no stage', {}, /Unknown stage "undefined"/],
    ['a name that every object has', { stage: 'constructor' }, /Unknown stage "constructor"/],
    ['a misspelt key', { stage: 'dev', alarmEmial: 'a@b.co' }, /Unknown key "alarmEmial".*alarmEmail/],
    ['no authorization outside local', { stage: 'dev', authorization: 'none' }, /allowed only on local and localstack/],
    ['no authorization in prod', { stage: 'prod', authorization: 'none' }, /allowed only on local and localstack/],
    ['probes in prod', { stage: 'prod', probes: 'true' }, /probes must be false/],
    ['probes where data is kept', { stage: 'dev', keepData: 'true' }, /probes must be false/],
    ['private webhooks in dev', { stage: 'dev', allowPrivateWebhooks: 'true' }, /allowed only on local and localstack/],
    [
      'private webhooks in prod',
      { stage: 'prod', allowPrivateWebhooks: 'true' },
      /allowed only on local and localstack/,
    ],
    ['an unknown API type', { stage: 'dev', apiType: 'alb' }, /apiType must be http or rest/],
    [
      'tokens at a REST API',
      { stage: 'dev', apiType: 'rest', authorization: 'jwt', jwtIssuer: 'https://i.example.com', jwtAudience: 'a' },
      /apiType=http/,
    ],
    ['tokens without an issuer', { stage: 'dev', authorization: 'jwt', jwtAudience: 'a' }, /jwtIssuer/],
    [
      'tokens without an audience',
      { stage: 'dev', authorization: 'jwt', jwtIssuer: 'https://i.example.com' },
      /jwtAudience/,
    ],
    ['tokens without scopes', { stage: 'prod', ...tokens }, /needs viewerScope and operatorScope.*outbox\/operate/],
    ['tokens without scopes in dev', { stage: 'dev', ...tokens }, /needs viewerScope and operatorScope/],
    ['tokens without a scope of operators', { stage: 'prod', ...tokens, viewerScope: 'a' }, /needs viewerScope and/],
    [
      'one scope for viewers and operators',
      { stage: 'prod', ...tokens, viewerScope: 'a', operatorScope: 'a' },
      /viewerScope and operatorScope must differ/,
    ],
    [
      'two scopes in one',
      { stage: 'prod', ...tokens, viewerScope: 'a b', operatorScope: 'c' },
      /viewerScope must be one scope of 1 to 64 characters, not "a b"/,
    ],
    [
      'a scope that API Gateway does not take',
      { stage: 'prod', ...tokens, viewerScope: 'a', operatorScope: 'b'.repeat(65) },
      /operatorScope must be one scope/,
    ],
    ['one scope without the other', { stage: 'dev', viewerScope: 'a' }, /need each other/],
    ['an issuer that nothing uses', { stage: 'dev', jwtIssuer: 'https://i.example.com' }, /authorization=jwt/],
    [
      'an issuer without TLS',
      { stage: 'dev', authorization: 'jwt', jwtIssuer: 'http://i.example.com', jwtAudience: 'a' },
      /https/,
    ],
    [
      'no word about mails in prod',
      { stage: 'prod', alarmEmail: 'none' },
      /keepData needs -c mailSender=<address>, or -c mailSender=none/,
    ],
    [
      'no word about alarms in prod',
      { stage: 'prod', mailSender: 'none' },
      /keepData needs -c alarmEmail=<address>, or -c alarmEmail=none/,
    ],
    [
      'a variable of a pipeline that was not set',
      { stage: 'dev', keepData: 'true', probes: 'false', mailSender: '', alarmEmail: 'none' },
      /needs -c mailSender=/,
    ],
    ['a sender that is not a bare address', { stage: 'dev', mailSender: 'Shop <shop@example.com>' }, /bare e-mail/],
    ['a number that is not a number', { stage: 'dev', requestsPerSecond: 'many' }, /requestsPerSecond must be/],
    ['a collector without TLS', { stage: 'dev', otlpEndpoint: 'http://otel.example.com' }, /https URL.*localhost/],
    ['a collector with a password', { stage: 'dev', otlpEndpoint: 'https://a:b@otel.example.com' }, /without user/],
    [
      'the whole path of a collector',
      { stage: 'dev', otlpEndpoint: 'https://o.example.com/v1/traces' },
      /\/v1\/traces/,
    ],
    ['a layer for the other processor', { stage: 'dev', otelLayer: layer('amd64') }, /layer for arm64/],
    [
      'a layer without a version',
      { stage: 'dev', otelLayer: layer('arm64').replace(/:1$/, '') },
      /a version of a layer/,
    ],
    ['a layer on this machine', { stage: 'local', otelLayer: layer('arm64') }, /use otlpEndpoint/],
    [
      'a layer and a collector elsewhere',
      { stage: 'dev', otelLayer: layer('arm64'), otlpEndpoint: 'https://otel.example.com' },
      /exclude each other/,
    ],
    ['a share of traces that go nowhere', { stage: 'dev', otelSampleRatio: '0.5' }, /needs otlpEndpoint or otelLayer/],
    [
      'a share of more than all traces',
      { stage: 'dev', otlpEndpoint: 'https://otel.example.com', otelSampleRatio: '1.5' },
      /a number from 0 to 1/,
    ],
    ['a retention that CloudWatch does not have', { stage: 'dev', logRetentionDays: '15' }, /one of 1, 3, 5, 7, 14/],
  ])('%s', (_, context, message) => {
    const said = refusal(() => stageFrom(context))
    expect(said).toMatch(message)
    expect(said).not.toContain('\n')
  })

  test('an unknown key within a stage is reported with all other problems', () => {
    const { config } = stageFrom({ stage: 'dev' })
    const said = refusal(() => checkedStage('dev', { ...config, colour: 'red', logLevel: 'LOUD' }))
    expect(said).toMatch(
      /^Invalid configuration of stage "dev": unknown key "colour" \(known: .*, logLevel, .*\); logLevel must be DEBUG or INFO, not "LOUD"$/,
    )
  })

  test('a missing key within a stage is reported', () => {
    const { tracing: _, ...config } = stageFrom({ stage: 'dev' }).config
    expect(refusal(() => checkedStage('dev', config))).toMatch(/tracing must be true or false, not undefined/)
  })
})
