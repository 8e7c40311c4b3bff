import type { StackModel } from '../model.ts'
import { problems, readAssembly, type Template } from './assembly.ts'
import { checkTogether } from './checks.ts'
import { TemplateError } from './errors.ts'
import { resolve } from './intrinsics.ts'
import { readAlarms } from './resources/alarm.ts'
import { readFunctions } from './resources/function.ts'
import { readHttpApis } from './resources/http-api.ts'
import { readKeys } from './resources/key.ts'
import { readMappings } from './resources/mapping.ts'
import { readQueues } from './resources/queue.ts'
import { readRestApis } from './resources/rest-api.ts'
import { readManagedPolicies, readRoles } from './resources/role.ts'
import type { Resource, Resources, Rule } from './resources/rule.ts'
import { readSchedules } from './resources/schedule.ts'
import { readTables } from './resources/table.ts'
import { readTopics } from './resources/topic.ts'
import { ACCOUNT, createScope, REGION, ruleOf } from './scope.ts'

type Scope = ReturnType<typeof createScope>

/**
 * The model of a synthesized stack. Throws {@link TemplateError} for whatever it does not understand: nothing in a
 * template is skipped silently.
 */
export function loadStack(assemblyDir: string, stackName: string, settings: { awsPort: number }): StackModel {
  const { template, assetDirs } = readAssembly(assemblyDir, stackName)
  const scope = createScope(template, stackName, settings.awsPort)
  const resources = readResources(template, scope)
  const model: StackModel = {
    stackName,
    accountId: ACCOUNT,
    region: REGION,
    tables: readTables(resources),
    queues: readQueues(resources),
    topics: readTopics(resources),
    keys: readKeys(resources, ACCOUNT),
    functions: readFunctions(resources, assetDirs),
    roles: readRoles(resources),
    managedPolicies: readManagedPolicies(resources),
    mappings: readMappings(resources),
    apis: [...readHttpApis(resources), ...readRestApis(resources)],
    schedules: readSchedules(resources),
    alarms: readAlarms(resources),
    outputs: readOutputs(template, scope),
  }
  checkTogether(model)
  return model
}

function readResources(template: Template, scope: Scope): Resources {
  const all = Object.entries(template.Resources)
    .filter(([logicalId, raw]) => isThere(raw.Condition, scope, { logicalId, type: raw.Type }))
    .map(([logicalId, raw]): Resource<unknown> => {
      const place = { logicalId, type: raw.Type }
      const read = ruleOf(logicalId, raw).properties.safeParse(resolve(raw.Properties, scope, place))
      if (!read.success) throw new TemplateError(place, problems(read.error), 'Change it, or teach local/template')
      return { ...place, ...scope.identify(logicalId, place), properties: read.data }
    })
  return {
    // Each resource was parsed by the rule of its type, which is what `types` maps that type to.
    of: <P>(types: Readonly<Record<string, Rule<P>>>) =>
      all.filter(({ type }) => Object.hasOwn(types, type)) as Resource<P>[],
  }
}

function readOutputs(template: Template, scope: Scope): Record<string, string> {
  const outputs = Object.entries(template.Outputs).filter(([logicalId, { Condition }]) =>
    isThere(Condition, scope, { logicalId, type: 'output' }),
  )
  return Object.fromEntries(
    outputs.map(([logicalId, { Value }]) => [logicalId, String(resolve(Value, scope, { logicalId, type: 'output' }))]),
  )
}

function isThere(condition: string | undefined, scope: Scope, place: { logicalId: string; type: string }): boolean {
  return condition === undefined || scope.condition(condition, place)
}
