/** Where in a template something stands. */
export interface Place {
  readonly logicalId: string
  readonly type: string
}

/**
 * The template says something that cannot be run here, or that AWS would refuse. The message is one line: where, what, and what
 * to do.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly place: Place
  readonly what: string
  readonly remedy: string
  /** AWS refuses a deployment of it, too. What only this machine cannot run may be left out. */
  readonly refusedByAws: boolean

  constructor(place: Place, what: string, remedy: string, { refusedByAws = false } = {}) {
    super(`${place.logicalId} (${place.type}): ${what}. ${remedy}`)
    this.place = place
    this.what = what
    this.remedy = remedy
    this.refusedByAws = refusedByAws
  }
}
