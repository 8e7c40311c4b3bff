/** What routes of a business are made of, where they are served beside those for its operators: `outbox-relay/routes`. */
export { type Answer, notFound, problem } from '../functions/api/answer.ts'
export { commitRequest, create, readRequest, refusal, replayed } from '../functions/api/create.ts'
export { recordPageQuery } from '../functions/api/cursor.ts'
export type { ApiDeps } from '../functions/api/deps.ts'
export { type ApiRequest, badBody, callerOf, type Read, readBody, readQuery } from '../functions/api/request.ts'
export { type Route, route } from '../functions/api/route.ts'
