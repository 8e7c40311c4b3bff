/** The application whose functions these are. */
import given from '#app/application'
import { defaultExport } from './default-export.ts'

export const application = defaultExport(given)
