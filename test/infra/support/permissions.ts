import type { Props, Resource, StageTemplate } from './template.ts'

export interface Statement {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly condition: Props | undefined
}

/** Every statement of a function's role, resources in words. */
export function statementsOf(template: StageTemplate, functionName: string): Statement[] {
  return statementsOfRole(
    template,
    template.named('AWS::Lambda::Function', functionName).Properties.Role['Fn::GetAtt'][0],
  )
}

/** resource → what the function may do with it, sorted. */
export function permissionsOf(template: StageTemplate, functionName: string): Record<string, string[]> {
  return byResource(statementsOf(template, functionName))
}

/** resource → what the role may do with it, under some condition or none, sorted. */
export function permissionsOfRole(template: StageTemplate, role: string): Record<string, string[]> {
  return byResource(statementsOfRole(template, role))
}

/** The one role that all schedules of the stage act under. Throws if they have several. */
export function roleOfSchedules(template: StageTemplate): Resource {
  const schedules = template.ofType('AWS::Scheduler::Schedule')
  const [role, ...more] = new Set(schedules.map(({ Properties }) => Properties.Target.RoleArn['Fn::GetAtt'][0]))
  if (more.length > 0) throw new Error(`schedules act under ${[role, ...more].join(', ')}`)
  return template.byId(role)
}

function statementsOfRole(template: StageTemplate, role: string): Statement[] {
  return template
    .ofType('AWS::IAM::Policy')
    .filter(({ Properties }) => Properties.Roles.some((r: Props) => r.Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .map((statement: Props) => ({
      actions: [statement.Action].flat(),
      resources: [statement.Resource].flat().map((resource) => template.say(resource)),
      condition: statement.Condition,
    }))
}

function byResource(statements: readonly Statement[]): Record<string, string[]> {
  const pairs = statements.flatMap(({ actions, resources }) =>
    resources.flatMap((resource) => actions.map((action) => ({ resource, action }))),
  )
  return Object.fromEntries(
    [...Map.groupBy(pairs, ({ resource }) => resource)].map(([resource, list]) => [
      resource,
      [...new Set(list.map(({ action }) => action))].sort(),
    ]),
  )
}
