import type { Scopes } from '../../functions/api/access.ts'
import type { StageConfig } from './stage-config.ts'

/** Returns the scopes that tell viewers and operators apart; `undefined` if the stage has none. */
export function scopesOf({ viewerScope, operatorScope }: StageConfig): Scopes | undefined {
  return viewerScope && operatorScope ? { viewer: viewerScope, operator: operatorScope } : undefined
}
