import { expect, test } from 'vitest'
import { lanes } from '../../app/lanes.ts'
import { StageTemplate } from './support/template.ts'

const dev = new StageTemplate('dev')
const output = (name: string, template = dev) => template.say(template.json.Outputs[name].Value)

test('tell where everything is', () => {
  expect(dev.json.Outputs.ApiUrl.Value['Fn::GetAtt'][1]).toBe('ApiEndpoint')
  expect(output('AlarmTopic')).toBe('alarms')
  expect(output('RelayFailuresUrl')).toBe('relay-failures')
  expect(output('ScheduleFailuresUrl')).toBe('schedule-failures')
  expect(output('UrgentQueueUrl')).toBe('urgent')
  expect(output('OrderedDeadLetterUrl')).toBe('ordered-dlq.fifo')
  const urls = Object.keys(dev.json.Outputs).filter((name) => /(Queue|DeadLetter)Url$/.test(name))
  expect(urls).toHaveLength(2 * lanes.length)
})

test('tell whether mails are sent, and which setting sends them', () => {
  expect(output('Mail')).toMatch(/^logged, not sent.*-c mailSender=/)
  expect(output('Mail', new StageTemplate('dev', { mailSender: 'shop@example.com' }))).toMatch(
    /^sent from shop@example\.com/,
  )
})

test('name the dashboard, which shows every lane, the relays, the API and the jobs', () => {
  expect(output('DashboardName')).toBe('OutboxRelay-dev-<AWS::Region>')
  const [dashboard] = dev.ofType('AWS::CloudWatch::Dashboard')
  expect(dev.say(dashboard?.Properties.DashboardName)).toBe('OutboxRelay-dev-<AWS::Region>')
  const body = dev.say(dashboard?.Properties.DashboardBody)
  const { widgets } = JSON.parse(body)
  expect(widgets.map((w: { properties: { title: string } }) => w.properties.title)).toEqual([
    'Alarms',
    'API: requests',
    'API: latency, ms',
    'Jobs per minute',
    'Jobs: p99 latency from accepted to forwarded and to succeeded, ms',
    'Lanes: waiting jobs',
    'Lanes: age of the oldest job, s',
    'Lanes: dead letters',
    'Relay: delay behind the outbox, ms',
    'Failed outbox items and scheduled runs',
    'Reconciler: jobs without a message',
  ])
  for (const { name } of lanes) expect(body).toContain(`"${name}`)
})

test('one stage does not show the jobs of another', () => {
  const body = dev.say(dev.ofType('AWS::CloudWatch::Dashboard')[0]?.Properties.DashboardBody)
  expect(body).toContain('service=\\"OutboxRelay-dev\\"')
})
