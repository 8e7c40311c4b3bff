/** An API, and a request to it. */
export interface ApiRequest {
  readonly method: string
  /** With its query: `/jobs?status=dead`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Where the API is, and how a caller proves who it is. */
export interface ApiEndpoint {
  /** Without a slash at its end. */
  readonly url: string
  /** Headers that prove who calls. @default - none: the API asks nobody */
  readonly sign?: (request: ApiRequest, url: URL) => Promise<Readonly<Record<string, string>>>
  /** Whether the caller has a token. @default - the caller signs with AWS credentials, or the API asks nobody */
  readonly hasToken?: boolean
  /** What a person would call it in a command: `--stage prod`. */
  readonly flags: string
}
