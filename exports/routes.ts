/** Routes of a business, served next to those for its operators: `outbox-relay/routes`. */
export type { RouteAccess } from '../functions/api/access.ts'
export { type Answer, badBody, badQuery, notFound, problem } from '../functions/api/answer.ts'
export type { RouteServices } from '../functions/api/deps.ts'
export type { Page } from '../functions/api/page.ts'
export { recordPageQuery } from '../functions/api/page-schemas.ts'
export { accepted, created, refusal } from '../functions/api/result-answer.ts'
export {
  type CommandRoute,
  type HandlerRoute,
  type Route,
  type RouteDescription,
  type RouteSuccess,
  route,
} from '../functions/api/route.ts'
export type { RouteRequest } from '../functions/api/route-request.ts'
export type { Item } from '../shared/lib/write.ts'
export type { Executed, JobReference, NotCommitted, RequestResult } from '../shared/outbox/command-result.ts'
export type { CommandRequest } from '../shared/outbox/commit-request.ts'
export type { Problem } from '../shared/outbox/job-problem.ts'
