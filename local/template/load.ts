import type { StackModel } from '../model.ts'
import { type Assembly, problems, readAssembly, type Template } from './assembly.ts'
import { checkTogether } from './checks.ts'
import { TemplateError } from './errors.ts'
import { resolve } from './intrinsics.ts'
import { describeLeftOut, type LeftOut, refuseNeeded } from './left-out.ts'
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
import { isKnown } from './rules.ts'
import { ACCOUNT, createScope, notEmulated, REGION, ruleOf, type ScopeSettings } from './scope.ts'

type Scope = ReturnType<typeof createScope>

interface LoadSettings {
  readonly awsPort: number
}

/** A model, and lines about what of the template does not run here. */
export interface LoadedStack {
  readonly model: StackModel
  readonly leftOut: readonly string[]
}

/**
 * The model of a synthesized stack, without what cannot run here and no function that runs here depends on. Nothing in a
 * template is skipped silently: `leftOut` says what was.
 *
 * @throws TemplateError for what AWS would refuse, and for a table, a queue or a key that a function needs
 */
export function loadStack(assemblyDir: string, stackName: string, settings: LoadSettings): LoadedStack {
  const assembly = readAssembly(assemblyDir, stackName)
  const resources = assembly.template.Resources
  const leftOut = unknownTypes(resources)
  for (;;) {
    const notes = new Set<string>()
    try {
      const model = readModel(assembly, { ...settings, stackName, leftOut, notes })
      refuseNeeded(leftOut, resources, model)
      return { model, leftOut: [...describeLeftOut(leftOut, resources, model), ...notes] }
    } catch (error) {
      if (!(error instanceof TemplateError) || error.refusedByAws) throw error
      const { logicalId } = error.place
      if (!Object.hasOwn(resources, logicalId) || leftOut.has(logicalId)) throw error
      // Others may hang on it: a mapping on its function, a route on its integration. They follow in the next rounds.
      leftOut.set(logicalId, error)
    }
  }
}

/** What of a template needs no look at its properties. A resource with a condition may not be there at all. */
function unknownTypes(resources: Template['Resources']): Map<string, TemplateError> {
  const foreign = Object.entries(resources).filter(([, { Type, Condition }]) => !isKnown(Type) && !Condition)
  return new Map(foreign.map(([logicalId, { Type }]) => [logicalId, notEmulated({ logicalId, type: Type })]))
}

/** The model of a synthesized stack. Throws {@link TemplateError} for whatever it does not understand. */
export function readStack(assemblyDir: string, stackName: string, settings: LoadSettings): StackModel {
  return readModel(readAssembly(assemblyDir, stackName), { ...settings, stackName, leftOut: new Map() })
}

function readModel({ template, assetDirs }: Assembly, settings: ScopeSettings): StackModel {
  const scope = createScope(template, settings)
  const resources = readResources(template, scope, settings.leftOut)
  const model: StackModel = {
    stackName: settings.stackName,
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
    outputs: readOutputs(template, scope, settings.notes),
  }
  checkTogether(model)
  return model
}

function readResources(template: Template, scope: Scope, leftOut: LeftOut): Resources {
  const all = Object.entries(template.Resources)
    .filter(([logicalId]) => !leftOut.has(logicalId))
    .filter(([logicalId, raw]) => isThere(raw.Condition, scope, { logicalId, type: raw.Type }))
    .map(([logicalId, raw]): Resource<unknown> => {
      const place = { logicalId, type: raw.Type }
      const read = ruleOf(logicalId, raw).properties.safeParse(resolve(raw.Properties, scope, place))
      if (!read.success) throw new TemplateError(place, problems(read.error), 'Do without it on this stage')
      return { ...place, ...scope.identify(logicalId, place), properties: read.data }
    })
  return {
    // Each resource was parsed by the rule of its type, which is what `types` maps that type to.
    of: <P>(types: Readonly<Record<string, Rule<P>>>) =>
      all.filter(({ type }) => Object.hasOwn(types, type)) as Resource<P>[],
  }
}

function readOutputs(template: Template, scope: Scope, notes: Set<string> | undefined): Record<string, string> {
  const outputs = Object.entries(template.Outputs).flatMap(([logicalId, { Condition, Value }]) => {
    const place = { logicalId, type: 'output' }
    try {
      return isThere(Condition, scope, place) ? [[logicalId, String(resolve(Value, scope, place))]] : []
    } catch (error) {
      if (!notes || !(error instanceof TemplateError) || error.refusedByAws) throw error
      notes.add(error.message)
      return []
    }
  })
  return Object.fromEntries(outputs)
}

function isThere(condition: string | undefined, scope: Scope, place: { logicalId: string; type: string }): boolean {
  return condition === undefined || scope.condition(condition, place)
}
