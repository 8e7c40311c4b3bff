/** `npm run deploy` and `npm run destroy`, with another CDK and another account in place of the real ones. */
import { describe, expect, test } from 'vitest'
import { exit, Failure } from '../../console/api-client/failure.ts'
import { mailStatus } from '../../infra/config/mail.ts'
import type { StageConfig } from '../../infra/config/stage-config.ts'
import { type Asked, askedOf } from '../../tools/deploy/asked.ts'
import type { Attachment } from '../../tools/deploy/attached.ts'
import type { Deployed } from '../../tools/deploy/deployed.ts'
import { type DeployPorts, run } from '../../tools/deploy/run.ts'

const outputs = {
  ApiUrl: 'https://api1.execute-api.eu-west-1.amazonaws.com',
  Mail: 'logged only, none is sent',
  DashboardName: 'OutboxRelay-dev-eu-west-1',
  AlarmTopic: 'arn:aws:sns:eu-west-1:123456789012:OutboxRelay-dev-alarms',
}

const deployed: Deployed = {
  status: 'UPDATE_COMPLETE',
  isProtected: true,
  createdAt: new Date('2026-11-01'),
  outputs,
}

/** Runs a command line. `code` is how the CDK ends. */
async function command(
  line: string,
  own: Partial<Omit<DeployPorts, 'deployed' | 'attachments'>> & {
    code?: number
    deployed?: Deployed
    attached?: Attachment[]
  } = {},
) {
  const { deployed: before, attached = [], code: ends = 0, ...ports } = own
  const released: string[] = []
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
        return ends
      },
      outputsFile: '/tmp/outputs.json',
      outputs: async () => ({ 'OutboxRelay-dev': outputs, 'OutboxRelay-prod': outputs }),
      say: (text) => said.push(text),
      complain: (text) => complaints.push(text),
      deployed: async () => before,
      releaseFailedCreate: async (_, { status }) => void released.push(status),
      attachments: async () => attached,
      ...ports,
    },
    line.split(' '),
  )
  return { code, cdk, accounts, said: said.join('\n'), complaints, released }
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
    expect(said).toContain('region=eu-west-1#dashboards/dashboard/OutboxRelay-dev-eu-west-1')
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

describe('a deploy over a stack', () => {
  test.each(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'])(
    'that was never complete first makes it deletable: %s',
    async (status) => {
      const { released, cdk } = await command('deploy -c stage=prod', { deployed: { ...deployed, status } })
      expect(released).toEqual([status])
      expect(cdk).toHaveLength(1)
    },
  )

  test.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED'])(
    'that has run leaves its protection alone: %s',
    async (status) => {
      expect((await command('deploy -c stage=prod', { deployed: { ...deployed, status } })).released).toEqual([])
    },
  )

  test('warns of mails and alarms that it switches off', async () => {
    const Mail = mailStatus({ mailSender: 'shop@example.com' } as StageConfig)
    const before = { ...deployed, outputs: { ...outputs, Mail, AlarmEmail: 'ops@example.com' } }
    const { complaints, code } = await command('deploy -c stage=dev', { deployed: before })
    expect(code).toBe(0)
    expect(complaints).toEqual([
      expect.stringMatching(
        /^WARNING: OutboxRelay-dev sends mails from shop@example\.com.* -c mailSender=shop@example\.com$/,
      ),
      expect.stringMatching(/^WARNING: .* alarms to ops@example\.com.* -c alarmEmail=ops@example\.com$/),
    ])
    const kept = await command('deploy -c stage=dev -c mailSender=a@b.co -c alarmEmail=a@b.co', { deployed: before })
    expect(kept.complaints).toEqual([])
    const none = await command('deploy -c stage=prod -c mailSender=none -c alarmEmail=none', { deployed: before })
    expect(none.complaints).toHaveLength(2)
  })

  test('without mails and alarms has nothing to warn of', async () => {
    const Mail = mailStatus({} as StageConfig)
    const before = { ...deployed, outputs: { ...outputs, Mail, AlarmEmail: 'none' } }
    expect((await command('deploy -c stage=dev', { deployed: before })).complaints).toEqual([])
  })
})

describe('resources that outlived a lane or a stack', () => {
  test.each([
    ['deploy -c stage=prod', true],
    ['deploy -c stage=dev -c keepData=true', true],
    ['deploy -c stage=dev', false],
    ['deploy -c stage=prod -c keepData=false', false],
  ])('are adopted where data is kept: %s', async (line, adopts) => {
    const [args] = (await command(line)).cdk
    expect(args?.includes('--import-existing-resources')).toBe(adopts)
  })

  test.each(['--no-import-existing-resources', '--method=direct', '--method direct', '-m direct'])(
    'are not adopted with %s, which the CDK refuses',
    async (flag) => {
      const [args] = (await command(`deploy -c stage=prod ${flag}`)).cdk
      expect(args).not.toContain('--import-existing-resources')
    },
  )
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

test('a destroy of attached policies, which IAM would refuse half-way, does not begin', async () => {
  const policyArn = 'arn:aws:iam::123456789012:policy/OutboxRelay-dev-viewer-eu-west-1'
  const attached: Attachment[] = [
    { kind: 'role', name: 'on-call', policyArn },
    { kind: 'group', name: 'ops', policyArn },
  ]
  const { code, cdk, complaints } = await command('destroy -c stage=dev --profile shop', { deployed, attached })
  expect([code, cdk]).toEqual([exit.refused, []])
  expect(complaints[0]).toMatch(/attached to the role on-call, the group ops/)
  expect(complaints[0]).toContain(
    `aws iam detach-group-policy --group-name ops --policy-arn ${policyArn} --profile shop`,
  )
})

test('a destroy of a stage that keeps data needs no word about its mails and alarms', async () => {
  const { cdk } = await command('destroy -c stage=prod -c mailSender=a@b.co', { deployed })
  expect(cdk).toEqual([['destroy', '-c', 'stage=prod', '-c', 'mailSender=a@b.co', '-c', 'alarmEmail=none']])
})

test('a destroy says what is left', async () => {
  const { code, cdk, said } = await command('destroy -c stage=dev --force')
  expect([code, cdk]).toEqual([0, [['destroy', '-c', 'stage=dev', '--force']]])
  expect(said).toContain('Nothing of OutboxRelay-dev is left')
  expect((await command('destroy -c stage=prod')).said).toContain('were kept')
})
