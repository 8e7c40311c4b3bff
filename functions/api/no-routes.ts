import type { Route } from './route.ts'

/** In place of the routes of a business that has an API of its own. */
const routes: readonly Route[] = []
export default routes
