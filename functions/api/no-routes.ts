import type { Route } from './route.ts'

/** The routes of a business that has an API of its own: none. */
const routes: readonly Route[] = []
export default routes
