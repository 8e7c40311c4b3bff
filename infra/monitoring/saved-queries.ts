import { QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Stage } from '../config/config.ts'
import type { OutboxFunction } from '../function.ts'

export interface SavedQueriesProps {
  readonly stage: Stage
  readonly functions: readonly OutboxFunction[]
}

/** Questions to the logs that somebody has asked before, in CloudWatch under Logs Insights, Saved queries. */
const queries: Readonly<Record<string, ConstructorParameters<typeof QueryString>[0]>> = {
  'one job': {
    fields: ['@timestamp', 'message', 'attempt', 'error', 'seconds', 'lane', '@log'],
    filterStatements: ['job = "put the id here"'],
    sort: '@timestamp asc',
    limit: 1_000,
  },
  'failures by error': {
    filterStatements: ['message in ["job retrying", "job dead"]'],
    statsStatements: ['count(*) as failures, count_distinct(job) as jobs, latest(@timestamp) as last by type, error'],
    sort: 'failures desc',
    limit: 50,
  },
  'ended by Lambda': {
    fields: [
      '@timestamp',
      '@log',
      'record.status',
      'record.errorType',
      'record.metrics.durationMs',
      'record.metrics.maxMemoryUsedMB',
      'record.requestId',
    ],
    filterStatements: ['type = "platform.report"', 'record.status != "success"'],
    sort: '@timestamp desc',
    limit: 200,
  },
  'who did what': {
    fields: ['@timestamp', 'by', 'action', 'detail'],
    filterStatements: ['message = "operator acts"'],
    sort: '@timestamp desc',
    limit: 200,
  },
}

export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { stage, functions }: SavedQueriesProps) {
    super(scope, id)
    for (const [name, query] of Object.entries(queries))
      new QueryDefinition(this, name.replaceAll(' ', '-'), {
        // CloudWatch shows what is before the slash as a folder.
        queryDefinitionName: `${stage.prefix}/${name}`,
        queryString: new QueryString(query),
        logGroups: functions.map(({ logGroup }) => logGroup),
      })
  }
}
