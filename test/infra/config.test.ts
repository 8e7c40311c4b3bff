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
