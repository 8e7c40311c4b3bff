/** Where in a template something stands. */
export interface Place {
  readonly logicalId: string
  readonly type: string
}

/** The template says something that cannot be run here. The message is one line: where, what, and what to do. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly place: Place
  readonly what: string
  readonly remedy: string

  constructor(place: Place, what: string, remedy: string) {
    super(`${place.logicalId} (${place.type}): ${what}. ${remedy}`)
    this.place = place
    this.what = what
    this.remedy = remedy
  }
}
