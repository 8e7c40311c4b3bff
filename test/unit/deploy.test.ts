/** `npm run deploy` and `npm run destroy`, with another CDK and another account in place of the real ones. */
import { describe, expect, test } from 'vitest'
import { exit, Failure } from '../../console/api-client/failure.ts'
import { type Asked, askedOf } from '../../tools/deploy/asked.ts'
import { type DeployPorts, run } from '../../tools/deploy/run.ts'

const outputs = {
  ApiUrl: 'https://api1.execute-api.eu-west-1.amazonaws.com',
  Mail: 'logged only, none is sent',
  DashboardName: 'OutboxRelay-dev',
  AlarmTopic: 'arn:aws:sns:eu-west-1:123456789012:OutboxRelay-dev-alarms',
}

/** Runs a command line. `code` is how the CDK ends. */
async function command(line: string, own: Partial<DeployPorts> & { code?: number } = {}) {
  const cdk: (readonly string[])[] = []
  const accounts: Asked[] = []
  const said: string[] = []
  const complaints: string[] = []
  const code = await run(
    {
      account: async (asked) => {
        accounts.push(asked)
        return 'eu-west-1'
      },
      cdk: async (args) => {
        cdk.push(args)
        return own.code ?? 0
      },
      outputsFile: '/tmp/outputs.json',
      outputs: async () => ({ 'OutboxRelay-dev': outputs, 'OutboxRelay-prod': outputs }),
      say: (text) => said.push(text),
      complain: (text) => complaints.push(text),
      ...own,
    },
    line.split(' '),
  )
  return { code, cdk, accounts, said: said.join('\n'), complaints }
}

describe('a deploy', () => {
  test('hands every argument to the CDK, and asks it for the outputs', async () => {
    const { code, cdk } = await command('deploy -c stage=dev -c alarmEmail=a@b.co --require-approval never')
    expect(code).toBe(0)
    expect(cdk).toEqual([
      [
        'deploy',
        '-c',
        'stage=dev',
        '-c',
        'alarmEmail=a@b.co',
        '--require-approval',
        'never',
        '--outputs-file',
        '/tmp/outputs.json',
      ],
    ])
  })

  test('ends with where everything is and what to do next, in the words of this very stage', async () => {
    const { said } = await command('deploy -c stage=dev --profile shop')
    expect(said).toContain('OutboxRelay-dev is deployed in eu-west-1')
    expect(said).toContain(`${outputs.ApiUrl}   (signed requests only: IAM)`)
    expect(said).toContain(outputs.Mail)
    expect(said).toContain(`subscribe to ${outputs.AlarmTopic}`)
    expect(said).toContain('region=eu-west-1#dashboards/dashboard/OutboxRelay-dev')
    expect(said).toContain('npx outbox doctor --stage dev --profile shop')
    expect(said).toContain('AWS_PROFILE=shop STACK=OutboxRelay-dev npm run test:e2e')
    expect(said).toContain('npm run destroy -- -c stage=dev')
  })

  test('to prod offers neither the suite, which would write there, nor to take it away', async () => {
    const { said } = await command('deploy -c stage=prod -c authorization=jwt --context alarmEmail=ops@example.com')
    expect(said).not.toMatch(/test:e2e|npm run destroy --/)
    expect(said).toContain('docs/deploying.md#taking-a-stage-away')
    expect(said).toContain('(with a token of your issuer)')
    expect(said).toContain('to ops@example.com, once the link')
  })

  test('that fails ends as the CDK did, and says nothing of next steps', async () => {
    expect(await command('deploy -c stage=dev', { code: 7 })).toMatchObject({ code: 7, said: '' })
  })

  test('that deployed nothing says nothing', async () => {
    expect(await command('deploy --no-execute', { outputs: async () => ({}) })).toMatchObject({ code: 0, said: '' })
  })

  test('does not begin where the account is not ready', async () => {
    const account = async () => Promise.reject(new Failure(exit.notAllowed, 'No AWS credentials were found'))
    const { code, cdk, complaints } = await command('deploy -c stage=dev', { account })
    expect([code, cdk, complaints]).toEqual([exit.notAllowed, [], ['No AWS credentials were found']])
  })

  test.each([
    ['local', 'npm start'],
    ['localstack', 'npx node tools/deploy/localstack.ts deploy'],
  ])('of the stage %s, which is in no account, is refused with what to run instead', async (stage, instead) => {
    const { code, cdk, complaints } = await command(`deploy -c stage=${stage}`)
    expect([code, cdk]).toEqual([exit.usage, []])
    expect(complaints).toEqual([expect.stringContaining(instead)])
  })
})

describe('what is asked for', () => {
  test('is the stage of cdk.json, if no other', () => {
    expect(askedOf([])).toMatchObject({ stage: 'dev', stack: 'OutboxRelay-dev', ownBootstrap: false })
  })

  test.each([['--toolkit-stack-name Mine'], ['-c @aws-cdk/core:bootstrapQualifier=mine']])(
    'may be another bootstrap, which only the CDK can find: %s',
    (line) => expect(askedOf(line.split(' '))).toMatchObject({ ownBootstrap: true }),
  )

  test('keeps what is after the first = of a key', () => {
    const { context } = askedOf(['-c', 'jwtIssuer=https://i.example.com/?a=b'])
    expect(context).toEqual({ jwtIssuer: 'https://i.example.com/?a=b' })
  })
})

test('a destroy says what is left', async () => {
  const { code, cdk, said } = await command('destroy -c stage=dev --force')
  expect([code, cdk]).toEqual([0, [['destroy', '-c', 'stage=dev', '--force']]])
  expect(said).toContain('Nothing of OutboxRelay-dev is left')
  expect((await command('destroy -c stage=prod')).said).toContain('were kept')
})
