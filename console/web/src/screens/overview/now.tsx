import type { ComponentChildren } from 'preact'
import type { Lane } from '../../api/types.ts'
import { Icon, type IconName } from '../../components/icon.tsx'
import { RunbookLink } from '../../components/runbook.tsx'
import { For, Time } from '../../components/time.tsx'
import { count, many, who } from '../../components/words.ts'
import { href } from '../../nav/route.ts'
import type { Finding } from './findings.ts'
import { WhatIsDead } from './what-is-dead.tsx'

interface Props {
  readonly findings: readonly Finding[]
  readonly onSwitch: (lane: Lane) => void
}

/** More alarms than this would push away what they are about. */
const alarmsShown = 4

/** The first thing to read: what is wrong, why, how much of it, and what to do next. */
export function Now({ findings, onSwitch }: Props) {
  const alarms = findings.filter(({ kind }) => kind === 'alarm')
  const rest = findings.filter(({ kind }) => kind !== 'alarm')
  return (
    <section class="now" aria-label="What is wrong now">
      {findings.length === 0 && <AllWell />}
      {alarms.slice(0, alarmsShown).map((finding) => told(finding, onSwitch))}
      {alarms.length > alarmsShown && (
        <Row tone="bad" icon="alarm" title={`${count(alarms.length - alarmsShown)} more alarms are in ALARM.`}>
          <a href={href(['alarms'])}>See all of them</a>
        </Row>
      )}
      {rest.map((finding) => told(finding, onSwitch))}
    </section>
  )
}

function told(finding: Finding, onSwitch: (lane: Lane) => void) {
  switch (finding.kind) {
    case 'alarm': {
      const { short, since, description } = finding.alarm
      return (
        <Row
          key={short}
          tone="bad"
          icon="alarm"
          title={`${short} is in ALARM`}
          since={since && <For since={since} />}
          next={<RunbookLink of={finding.alarm} />}
        >
          {description}
        </Row>
      )
    }
    case 'dead':
      return <Dead key="dead" jobs={finding.jobs} />
    case 'paused':
      return <Paused key={finding.lane.name} {...finding} onSwitch={onSwitch} />
    case 'leftovers':
      return (
        <Row
          key="leftovers"
          tone="warn"
          icon="deadLetters"
          title={`${many(finding.messages, 'message')} in dead-letter queues, but no job is dead.`}
        >
          SQS moved them there, they are not jobs, or they are left from jobs that went on: look at them in the SQS
          console.
        </Row>
      )
    case 'retrying':
      return (
        <Row
          key="retrying"
          tone="warn"
          icon="retry"
          title={`${many(finding.jobs, 'job')} ${finding.jobs === 1 ? 'is' : 'are'} being retried.`}
          next={<a href={href(['jobs'], { status: 'retrying' })}>Look at them</a>}
        >
          {finding.jobs === 1 ? 'It is retried automatically.' : 'They are retried automatically.'}
        </Row>
      )
  }
}

function Dead({ jobs }: { readonly jobs: number }) {
  return (
    <Row
      tone="bad"
      icon="dead"
      title={`${many(jobs, 'job')} ${jobs === 1 ? 'is' : 'are'} dead and ${jobs === 1 ? 'needs' : 'need'} you.`}
      next={<a href={href(['dead-letters'])}>Look and redrive</a>}
      below={<WhatIsDead />}
    >
      Fix what the errors show, then redrive.
    </Row>
  )
}

function Paused({ lane, waiting, onSwitch }: { lane: Lane; waiting: number; onSwitch: (lane: Lane) => void }) {
  return (
    <Row
      tone="warn"
      icon="pause"
      title={`The lane ${lane.name} is paused.`}
      next={
        <button type="button" onClick={() => onSwitch(lane)}>
          Resume …<span class="visually-hidden"> lane {lane.name}</span>
        </button>
      }
    >
      {lane.pausedBy && (
        <>
          By <b title={lane.pausedBy}>{who(lane.pausedBy)}</b>
          {lane.pausedAt && (
            <>
              , <Time at={lane.pausedAt} />
            </>
          )}
          {lane.pauseReason ? `: ${lane.pauseReason.replace(/\.$/, '')}.` : '.'}{' '}
        </>
      )}
      {many(waiting, 'job')} {waiting === 1 ? 'waits' : 'wait'} there; none is lost.
    </Row>
  )
}

function AllWell() {
  return (
    <Row tone="good" icon="done" title="All is well.">
      No alarm is in ALARM, no job is dead or being retried, and no lane is paused.
    </Row>
  )
}

interface RowProps {
  readonly tone: 'bad' | 'warn' | 'good'
  readonly icon: IconName
  readonly title: string
  readonly since?: ComponentChildren
  /** What to do next: one link or button. */
  readonly next?: ComponentChildren
  readonly below?: ComponentChildren
  readonly children: ComponentChildren
}

function Row({ tone, icon, title, since, next, below, children }: RowProps) {
  return (
    <div class={`finding ${tone}`}>
      <Icon name={icon} />
      <div class="finding-text">
        <p>
          <strong>{title}</strong> {since && <span class="since">{since}</span>}
        </p>
        <p class="finding-why">{children}</p>
      </div>
      {next && <div class="finding-next">{next}</div>}
      {below}
    </div>
  )
}
