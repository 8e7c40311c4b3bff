import { QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { OutboxContext } from '../context.ts'
import type { OutboxFunction } from '../function.ts'

/** Queries of the logs by name. CloudWatch shows them under Logs Insights, Saved queries. */
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

/** The saved queries, each over the logs of all given functions. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { stage }: OutboxContext, functions: readonly OutboxFunction[]) {
    super(scope, id)
    for (const [name, query] of Object.entries(queries))
      new QueryDefinition(this, name.replaceAll(' ', '-'), {
        // CloudWatch shows the part before the slash as a folder.
        queryDefinitionName: `${stage.prefix}/${name}`,
        queryString: new QueryString(query),
        logGroups: functions.map(({ logGroup }) => logGroup),
      })
  }
}
