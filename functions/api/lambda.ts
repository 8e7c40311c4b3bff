/** The API, behind an HTTP API or a REST API. */
import type { APIGatewayProxyResult, Context } from 'aws-lambda'
import businessRoutes from '#app/routes'
import { tracing } from '#tracing'
import { registryOf } from '../../shared/define/application.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { env } from '../../shared/lib/names.ts'
import { application } from '../application.ts'
import { batchIndexOf } from '../aws/batch-index.ts'
import { batchReader } from '../aws/batch-reader.ts'
import { sqs } from '../aws/clients.ts'
import { clock } from '../aws/clock.ts'
import { deadLetterQueue } from '../aws/dead-letter-queue.ts'
import { documentClient } from '../aws/document-client.ts'
import {
  apiPath,
  authorization,
  hasJobIndex,
  type LaneUrls,
  laneMappings,
  laneUrls,
  monitored,
  probes,
  required,
  tableNames,
} from '../aws/environment.ts'
import { failingIndexOf } from '../aws/failing-index.ts'
import { groupJobsOf } from '../aws/group-jobs.ts'
import { ids } from '../aws/ids.ts'
import { jobIndexesOf } from '../aws/job-indexes.ts'
import { jobLinks } from '../aws/job-links.ts'
import { laneControl } from '../aws/lane-control.ts'
import { laneDepth } from '../aws/lane-depth.ts'
import { laneSender } from '../aws/lane-queues.ts'
import { monitor } from '../aws/monitor.ts'
import { privateWebhooksAllowed } from '../aws/outside.ts'
import { addressProblem } from '../aws/public-address.ts'
import { recordReader } from '../aws/record-reader.ts'
import { stageSecrets } from '../aws/stage-secrets.ts'
import { startFunction } from '../aws/start-function.ts'
import { dynamoStore } from '../aws/store.ts'
import { faultDetails, logger } from '../aws/telemetry.ts'
import { defaultExport } from '../default-export.ts'
import { withBasePath } from './base-path.ts'
import { createCache } from './cache.ts'
import { type ApiEvent, asPayload2, asResult } from './gateway-event.ts'
import { router } from './router.ts'
import { routesOf } from './routes.ts'

const tables = tableNames()
const reconcileFunction = required(env.reconcileFunction)
const client = documentClient()
const queues = sqs()
const registry = registryOf(application, { probes: probes() })
const lanes = [...registry.lanes.values()]
const urls = laneUrls(lanes)
const allowPrivate = privateWebhooksAllowed()
const stack = monitored(lanes)

const routes = router(
  routesOf(defaultExport(businessRoutes), { probes: probes() }),
  {
    store: dynamoStore(client, tables),
    clock,
    ids,
    registry,
    authorization: authorization(),
    schedules: application.schedules,
    jobOwners: application.jobOwners,
    links: jobLinks(stack.functions),
    addressProblem: (url) => addressProblem(url, { allowPrivate }),
    records: recordReader(client, tables.records),
    secrets: stageSecrets(),
    failing: failingIndexOf(client, tables.effects),
    batches: batchIndexOf(client, tables.effects),
    groupJobs: groupJobsOf(client, tables.outbox),
    listing: {
      indexes: jobIndexesOf(client, tables),
      hasAll: hasJobIndex(),
      ...batchReader(client, tables, { consistent: false }),
    },
    sender: laneSender(queues, urls),
    ...batchReader(client, tables),
    deadLetters: (lane) => deadLetterQueue(queues, urls.get(lane)),
    control: laneControl(laneMappings(lanes)),
    monitor: monitor(`${stack.service}-`),
    monitored: stack,
    cache: createCache(() => clock.now().getTime()),
    reconcile: () => startFunction(reconcileFunction),
    laneDepth: (lane) => laneDepth(queues, urlsOf(lane)),
    logAction: ({ by, action, detail }) => logger.info('operator acts', { by, action, detail }),
    outboxLifetime: lifetimes.outbox,
    trace: tracing.request,
  },
  (fault) => logger.error('request failed', { ...faultDetails(fault) }),
)

function urlsOf(lane: string): LaneUrls {
  const found = urls.get(lane)
  if (found) return found
  throw new Error(`The application has no lane "${lane}".`)
}

const path = apiPath()
const resolve = path === undefined ? routes : withBasePath(path, routes)

export async function handler(event: ApiEvent, context: Context): Promise<APIGatewayProxyResult> {
  logger.addContext(context)
  const deadline = Date.now() + context.getRemainingTimeInMillis()
  const result = asResult(await resolve(asPayload2(event)))
  await tracing.flush(deadline)
  return result
}
