/** CloudFormation, as far as finding a stack goes: its Query protocol, spoken over HTTP. */

export const xml = (status: number, body: string) =>
  new Response(body, { status, headers: { 'content-type': 'text/xml' } })

export function cloudFormation(stacks: Readonly<Record<string, string>>) {
  return async (request: Request): Promise<Response> => {
    const form = new URLSearchParams(await request.text())
    const name = form.get('StackName') ?? ''
    const apiUrl = stacks[name]
    if (apiUrl === undefined) return error('ValidationError', `Stack with id ${name} does not exist`)
    if (apiUrl === 'expired') return error('ExpiredToken', 'The security token included in the request is expired')
    return xml(200, described(name, apiUrl))
  }
}

function error(code: string, message: string): Response {
  return xml(
    400,
    `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  )
}

function described(name: string, apiUrl: string): string {
  const output = `<member><OutputKey>ApiUrl</OutputKey><OutputValue>${apiUrl}</OutputValue></member>`
  const stack = `<member><StackName>${name}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-11-01T00:00:00Z</CreationTime><Outputs>${apiUrl && output}</Outputs></member>`
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeStacksResponse>`
}
