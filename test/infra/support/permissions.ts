import type { Props, StageTemplate } from './template.ts'

export interface Statement {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly condition: Props | undefined
}

/** Every statement of a function's role, resources in words. */
export function statementsOf(template: StageTemplate, functionName: string): Statement[] {
  const role = template.named('AWS::Lambda::Function', functionName).Properties.Role['Fn::GetAtt'][0]
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

/** resource → what the function may do with it, sorted. */
export function permissionsOf(template: StageTemplate, functionName: string): Record<string, string[]> {
  const pairs = statementsOf(template, functionName).flatMap(({ actions, resources }) =>
    resources.flatMap((resource) => actions.map((action) => ({ resource, action }))),
  )
  return Object.fromEntries(
    [...Map.groupBy(pairs, ({ resource }) => resource)].map(([resource, list]) => [
      resource,
      list.map(({ action }) => action).sort(),
    ]),
  )
}
