/** What the deploy to an emulator by others leaves out of the template, and whose sender it verifies. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { leaveOut, senderOf, whatRuns, without } from '../../tools/deploy/emulator.ts'

const resources = {
  Queries: { Type: 'AWS::Logs::QueryDefinition' },
  Math: { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [] } },
  Plain: { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors' } },
  Pictures: { Type: 'AWS::CloudWatch::Dashboard', Properties: { Body: { 'Fn::GetAtt': ['Math', 'Arn'] } } },
  Mailer: {
    Type: 'AWS::Lambda::Function',
    Properties: { Environment: { Variables: { MAIL_SENDER: 'orders@example.com' } } },
    DependsOn: ['Queries', 'Plain'],
  },
}

function assembly(): string {
  const directory = mkdtempSync(join(tmpdir(), 'emulator-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, 'Stack.template.json'), JSON.stringify({ Resources: resources, Outputs: { A: {} } }))
  return directory
}

describe('a template for an emulator', () => {
  test.each([
    ['LocalStack', ['Queries (AWS::Logs::QueryDefinition)', 'Pictures (AWS::CloudWatch::Dashboard)']],
    [
      'MiniStack',
      [
        'Queries (AWS::Logs::QueryDefinition)',
        'Math (AWS::CloudWatch::Alarm)',
        // It shows the alarm that is gone.
        'Pictures (AWS::CloudWatch::Dashboard)',
      ],
    ],
  ] as const)('of %s is without what that lacks, and names it', (emulator, gone) => {
    const directory = assembly()
    expect(leaveOut(directory, 'Stack', emulator)).toEqual(gone)
    const { Resources, Outputs } = JSON.parse(readFileSync(join(directory, 'Stack.template.json'), 'utf8'))
    expect(Object.keys(Resources)).toContain('Plain')
    expect(Object.keys(Resources)).toHaveLength(5 - gone.length)
    expect(Resources.Mailer.DependsOn).toEqual(['Plain'])
    expect(Outputs).toEqual({ A: {} })
  })

  test('names the address that the functions send from, if they send', () => {
    expect(senderOf(assembly(), 'Stack')).toBe('orders@example.com')
    const directory = assembly()
    writeFileSync(join(directory, 'Stack.template.json'), JSON.stringify({ Resources: { Math: resources.Math } }))
    expect(senderOf(directory, 'Stack')).toBeUndefined()
  })

  test('loses a chain of references as a whole', () => {
    const chain = {
      A: { Type: 'x' },
      B: { Type: 'y', Properties: { of: { Ref: 'A' } } },
      C: { Type: 'y', Properties: { of: { Ref: 'B' } } },
      D: { Type: 'y' },
    }
    expect(Object.keys(without(chain, ({ Type }) => Type === 'x'))).toEqual(['D'])
  })
})

describe('what answers at an endpoint', () => {
  async function answering(paths: Readonly<Record<string, string>>): Promise<string> {
    const server = createServer(({ url = '' }, response) => {
      const body = paths[url]
      response.writeHead(body === undefined ? 404 : 200).end(body ?? '')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test.each([
    ['MiniStack', { '/_ministack/health': '{"services":{}}', '/_localstack/health': '{"services":{}}' }],
    ['LocalStack', { '/_localstack/health': '{"services":{}}' }],
    ['other', { '/_localstack/health': '{"status":"ok"}' }],
    ['other', { '/_localstack/health': 'hello' }],
    ['other', {}],
  ])('is %s by its health', async (expected, paths) => {
    expect(await whatRuns(await answering(paths))).toBe(expected)
  })

  test('is nothing where nobody listens', async () => {
    expect(await whatRuns('http://127.0.0.1:9')).toBe('nothing')
  })
})
