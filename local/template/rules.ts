import { acceptedRules } from './resources/accepted.ts'
import { alarmRules } from './resources/alarm.ts'
import { functionRules } from './resources/function.ts'
import { httpApiRules } from './resources/http-api.ts'
import { keyRules } from './resources/key.ts'
import { mappingRules } from './resources/mapping.ts'
import { queueRules } from './resources/queue.ts'
import { restApiRules } from './resources/rest-api.ts'
import { roleRules } from './resources/role.ts'
import type { Rule } from './resources/rule.ts'
import { scheduleRules } from './resources/schedule.ts'
import { tableRules } from './resources/table.ts'
import { topicRules } from './resources/topic.ts'

/** Every resource type that runs here. One that is not in this table is left out. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...tableRules,
  ...queueRules,
  ...functionRules,
  ...roleRules,
  ...mappingRules,
  ...httpApiRules,
  ...restApiRules,
  ...scheduleRules,
  ...alarmRules,
  ...topicRules,
  ...keyRules,
  ...acceptedRules,
}

/** Whether resources of a type run here. */
export function isKnown(type: string): boolean {
  return Object.hasOwn(RULES, type)
}
